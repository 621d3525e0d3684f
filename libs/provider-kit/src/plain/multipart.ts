import { Buffer } from 'node:buffer';

export interface FilePart {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Names in a `content-disposition`: a quote or a line break in one would end it early. */
const quoted = (name: string) => `"${name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}"`;

/** A form with one file, as `multipart/form-data`. The boundary must not occur in the parts: give a fresh one. */
export function writeMultipart(
  boundary: string,
  fields: readonly (readonly [name: string, value: string])[],
  file: FilePart,
): { readonly contentType: string; readonly body: Uint8Array } {
  const head = fields.map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name=${quoted(name)}\r\n\r\n${value}\r\n`,
  );
  const disposition = `form-data; name="file"; filename=${quoted(file.filename)}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([
      Buffer.from(
        `${head.join('')}--${boundary}\r\ncontent-disposition: ${disposition}\r\ncontent-type: ${file.contentType}\r\n\r\n`,
      ),
      file.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
