/** Pictures, films and documents for Converse: inline, or in S3. It fetches nothing from elsewhere. */
import { cannot, readDataUrl, type JsonObject, type PartOf } from '@skein/provider-kit';

const VENDOR = 'bedrock';

/** The vendor's name of a format, by the media type or by the ending of a name. */
const formats: Readonly<Record<'image' | 'video' | 'document', Readonly<Record<string, string>>>> = {
  image: { png: 'png', jpeg: 'jpeg', jpg: 'jpeg', gif: 'gif', webp: 'webp' },
  video: {
    mp4: 'mp4',
    webm: 'webm',
    quicktime: 'mov',
    mov: 'mov',
    'x-matroska': 'mkv',
    mkv: 'mkv',
    mpeg: 'mpeg',
    'x-flv': 'flv',
    '3gpp': 'three_gp',
  },
  document: {
    pdf: 'pdf',
    plain: 'txt',
    txt: 'txt',
    markdown: 'md',
    md: 'md',
    html: 'html',
    csv: 'csv',
    msword: 'doc',
    doc: 'doc',
    'vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
    docx: 'docx',
    'vnd.ms-excel': 'xls',
    xls: 'xls',
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
    xlsx: 'xlsx',
  },
};

function formatOf(kind: keyof typeof formats, name: string, where: string): string {
  const known = formats[kind];
  const format = Object.hasOwn(known, name) ? known[name] : undefined;
  if (format === undefined) throw cannot(VENDOR, where, `"${name}" is no format of a ${kind} that it reads`);
  return format;
}

const subtypeOf = (mediaType: string): string => mediaType.slice(mediaType.indexOf('/') + 1).toLowerCase();
const endingOf = (name: string): string => /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';

/** A picture or film. Throws `invalid_request` for an address the vendor cannot read from. */
export function toMedia(kind: 'image' | 'video', url: string, where: string): JsonObject {
  const inline = readDataUrl(url);
  if (inline !== null) {
    const format = formatOf(kind, subtypeOf(inline.mediaType), where);
    return { [kind]: { format, source: { bytes: inline.base64 } } };
  }
  if (url.startsWith('s3://')) {
    return { [kind]: { format: formatOf(kind, endingOf(url), where), source: { s3Location: { uri: url } } } };
  }
  throw cannot(VENDOR, where, 'it fetches nothing; send the data itself, or an s3:// address');
}

/** A document. Its name may hold few signs, and must be there. */
export function toDocument({ name: told, source, where }: PartOf<'file'>): JsonObject {
  if (source.from === 'id' || (source.from === 'url' && !source.url.startsWith('s3://'))) {
    throw cannot(VENDOR, where, 'it knows no files but those whose data is sent, or that stand at an s3:// address');
  }
  const isData = source.from === 'data';
  const name = (told ?? 'document')
    .replace(/\.[a-z0-9]+$/i, '')
    .replace(/[^\p{L}\p{N}\s()[\]-]+/gu, '-')
    .replace(/\s+/g, ' ')
    .trim();
  return {
    document: {
      format: formatOf('document', isData ? subtypeOf(source.mediaType) : endingOf(source.url), where),
      name: name === '' ? 'document' : name,
      source: isData ? { bytes: source.base64 } : { s3Location: { uri: source.url } },
    },
  };
}
