// Reads `multipart/form-data`, as far as uploads of sound need it.
import type { IncomingHttpHeaders } from 'node:http';

export interface Form {
  fields: Record<string, string>;
  file: Buffer | undefined;
}

/** The form in a body, or undefined when it is none. */
export function readForm(headers: IncomingHttpHeaders, raw: Buffer): Form | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return undefined;
  const form: Form = { fields: {}, file: undefined };
  const mark = Buffer.from(`--${boundary}`);
  let at = raw.indexOf(mark);
  while (at !== -1) {
    const next = raw.indexOf(mark, at + mark.length);
    if (next === -1) return form;
    readPart(form, raw.subarray(at + mark.length + 2, next - 2));
    at = next;
  }
  return form;
}

function readPart(form: Form, part: Buffer): void {
  const gap = part.indexOf('\r\n\r\n');
  if (gap === -1) return;
  const head = part.toString('utf8', 0, gap);
  const body = part.subarray(gap + 4);
  const name = /name="([^"]*)"/i.exec(head)?.[1] ?? '';
  if (/filename="/i.test(head)) form.file = body;
  else form.fields[name] = body.toString('utf8');
}
