/**
 * Recorded exchanges with vendors, as they lie under `test/fixtures`: a part of a larger set, which is read instead where
 * `SKEIN_WIRE_FIXTURES` names its folder. Where they come from stands in each, and in PROVENANCE.md.
 */
import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { processEnvironment } from '@skein/config';
import { z } from 'zod';

const fixtureSchema = z.object({
  vendor: z.string(),
  source: z.object({ repo: z.string(), commit: z.string(), licence: z.string() }).loose(),
  /** `recorded-bytes`: the body is as it came; else keys were sorted, ids replaced or the framing made anew. */
  fidelity: z.string(),
  tags: z.array(z.string()),
  request: z.object({ url: z.string().nullish(), body: z.unknown() }).loose().nullable(),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.unknown()).nullish(),
    body_kind: z.string(),
    body: z.unknown(),
  }),
});

export type Fixture = z.infer<typeof fixtureSchema> & {
  readonly name: string;
  /** The bytes of the answer, where they were kept otherwise than as they are. */
  readonly raw?: Buffer;
};

const { SKEIN_WIRE_FIXTURES: wholeSet } = processEnvironment();
const ROOT = wholeSet ? pathToFileURL(`${wholeSet}/`) : new URL('../../test/fixtures/', import.meta.url);
/** Is it the whole set that is read, and not the part of it that is kept here? */
export const isWholeSet = Boolean(wholeSet);

/** The recordings of a vendor, by name. None where there is no folder for it. */
export function readFixtures(vendor: string): Fixture[] {
  const folder = new URL(`${vendor}/`, ROOT);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      ...unwrap(fixtureSchema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))),
      name: `${vendor}/${name}`,
    }));
}

const BASE64 = /^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/;
const FRAMES = 'AAAA';

/** Some recorders kept bytes as base64 and did not say so: these are unpacked, and called what they are. */
function unwrap(fixture: z.infer<typeof fixtureSchema>): Omit<Fixture, 'name'> {
  const { response } = fixture;
  const { body, body_kind: kind } = response;
  if (typeof body !== 'string' || (kind !== 'text' && kind !== 'sse') || !BASE64.test(body)) return fixture;
  if (body.startsWith(FRAMES)) return { ...fixture, response: { ...response, body_kind: 'base64' } };
  const raw = Buffer.from(body, 'base64');
  const text = raw.toString('utf8');
  if (/^\s*(?:data|event):/.test(text))
    return { ...fixture, raw, response: { ...response, body_kind: 'sse', body: text } };
  try {
    const parsed = JSON.parse(text) as unknown;
    return { ...fixture, raw, response: { ...response, body_kind: 'json', body: parsed } };
  } catch {
    return fixture;
  }
}

/** Is the answer a stream of events, whatever frames them? */
export function isStream({ response }: Fixture): boolean {
  return response.body_kind === 'sse' || response.body_kind === 'base64';
}

/** The body of the answer as bytes. */
export function bodyOf({ response, raw }: Fixture): Buffer {
  if (raw !== undefined) return raw;
  if (response.body_kind === 'base64') return Buffer.from(String(response.body), 'base64');
  return Buffer.from(typeof response.body === 'string' ? response.body : JSON.stringify(response.body));
}

/** Headers as undici would have given them. */
export function headersOf({ response }: Fixture): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? String(value[0]) : String(value),
    ]),
  );
}

/** The `data:` payloads of an SSE body, read in the plainest way there is: the translators' reader is what is tested. */
export function dataLinesOf(body: string): string[] {
  return body
    .replace(/\r\n?/g, '\n')
    .split(/\n\n+/)
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).replace(/^ /, ''))
        .join('\n'),
    )
    .filter((data) => data !== '');
}
