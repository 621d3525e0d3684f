import { isObject, tryParseJson, type JsonObject } from '../json.js';

/** The objects of a file of JSON lines; what is none is left out. */
export function readLines(bytes: Uint8Array): JsonObject[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .map((line) => tryParseJson(new TextEncoder().encode(line)))
    .filter(isObject);
}

/** A file of JSON lines from bodies that are JSON already: each is put in as it is. */
export function writeLines(lines: readonly (readonly [head: JsonObject, body: Uint8Array])[]): Uint8Array {
  const pieces = lines.flatMap(([head, body]) => [
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"body":`),
    Buffer.from(body),
    Buffer.from('}\n'),
  ]);
  return new Uint8Array(Buffer.concat(pieces));
}
