/** The form of an upload as the canonical body: its fields as JSON, and the file behind it. */
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import type { FastifyRequest } from 'fastify';
import '@fastify/multipart';

/** Fields of OpenAI's forms that are no text. */
const numberFields: ReadonlySet<string> = new Set(['temperature']);

const MOST_FIELDS = 64;

/** Reads `multipart/form-data` with one file. Throws `invalid_request`, and `request_too_large`. */
export async function readForm(request: FastifyRequest): Promise<RequestBody> {
  if (!request.isMultipart()) {
    throw new SkeinError('invalid_request', 'file: send a form (multipart/form-data) with the sound as "file"', {
      param: 'file',
    });
  }
  const body: Record<string, unknown> = {};
  let file: Uint8Array | null = null;
  for await (const part of request.parts({ limits: { files: 1, fields: MOST_FIELDS } })) {
    if (part.type === 'file') {
      if (part.fieldname !== 'file' || file !== null) {
        throw new SkeinError('invalid_request', `${part.fieldname}: one file is taken, as "file"`, {
          param: part.fieldname,
        });
      }
      file = await part.toBuffer();
      body.file = { filename: part.filename, content_type: part.mimetype };
    } else setField(body, part.fieldname, part.value);
  }
  return file === null ? RequestBody.of(body) : RequestBody.withFile(body, file);
}

/** `name[]` is a list; a field that comes again is one as well. */
function setField(body: Record<string, unknown>, fieldname: string, value: unknown): void {
  const isList = fieldname.endsWith('[]');
  const name = isList ? fieldname.slice(0, -2) : fieldname;
  const read = numberFields.has(name) && value !== '' ? Number(value) : value;
  const before = body[name];
  if (!isList && before === undefined) body[name] = read;
  else body[name] = [...(Array.isArray(before) ? (before as unknown[]) : before === undefined ? [] : [before]), read];
}
