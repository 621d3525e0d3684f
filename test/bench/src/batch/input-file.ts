import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export interface InputFile {
  readonly path: string;
  readonly lines: number;
  readonly bytes: number;
}

/** One line of an input file; `padding` more bytes before its question make a big file of few lines. */
export function lineOf(no: number, padding: number): string {
  const filler = 'lorem ipsum '.repeat(Math.ceil(padding / 12)).slice(0, padding);
  const body = {
    model: 'openai/gpt-4o-mini',
    max_tokens: 16,
    messages: [
      ...(padding > 0 ? [{ role: 'system', content: filler }] : []),
      { role: 'user', content: `What is ${no} + 1?` },
    ],
  };
  return `${JSON.stringify({ custom_id: `line-${no}`, method: 'POST', url: '/v1/chat/completions', body })}\n`;
}

/** Writes the file as it would come: no two lines alike, so that no cache answers. */
export async function writeInput(path: string, lines: number, padding: number): Promise<InputFile> {
  const out = createWriteStream(path);
  let bytes = 0;
  for (let no = 0; no < lines; no += 1) {
    const line = lineOf(no, padding);
    bytes += line.length;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  return { path, lines, bytes };
}
