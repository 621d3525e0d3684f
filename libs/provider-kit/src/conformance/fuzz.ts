/**
 * Bodies no vendor should send: cut, shuffled, not UTF-8, of the wrong types. Whatever comes, an adapter throws SkeinError
 * or goes on; it never throws anything else, and never takes half an answer for a whole one. Random, but the same each run.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { SkeinError } from '@skein/contracts/errors';
import type { VendorAdapter } from '../vendor-adapter.js';
import { callFor, runStream, type Dialect } from './conformance.js';
import { bodyOf, isStream, readFixtures, type Fixture } from './fixture.js';
import { sseFraming, type Framing } from './framing.js';

const ROUNDS = 40;
const ODD_VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1e400,
  '',
  'x',
  true,
  [],
  [null],
  {},
  [[]],
  { type: 7 },
  ['a'],
  3.7,
];

/** A small generator of numbers from 0 to 1, so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(items: readonly T[], random: () => number): T | undefined =>
  items[Math.floor(random() * items.length)];

/** Puts something odd in place of one value somewhere within. */
function spoil(value: unknown, random: () => number): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.15) return pick(ODD_VALUES, random);
  if (Array.isArray(value)) {
    const place = Math.floor(random() * value.length);
    return (value as unknown[]).map((item, at) => (at === place ? spoil(item, random) : item));
  }
  const key = pick(Object.keys(value), random);
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, name === key ? spoil(held, random) : held]),
  );
}

/** Runs; what comes out is a value, or the SkeinError thrown. Anything else thrown fails the test. */
function outcome<T>(run: () => T): T | SkeinError {
  try {
    return run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SkeinError);
    return thrown as SkeinError;
  }
}

function finishOf(adapter: VendorAdapter, body: Uint8Array): string | null {
  const read = outcome(() => runStream(callFor(adapter, true), body));
  return read instanceof SkeinError ? null : read.progress.finishReason;
}

type Damage =
  | { readonly what: 'lost' | 'doubled'; readonly at: number; readonly length: number }
  | { readonly what: 'moved'; readonly at: number; readonly length: number; readonly to: number }
  | { readonly what: 'made up'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly what: 'multiplied'; readonly at: number; readonly length: number; readonly times: number };

const place = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.double({ min: 0, max: 0.2, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ what: fc.constantFrom('lost' as const, 'doubled' as const), at: place, length }),
  fc.record({ what: fc.constant('moved' as const), at: place, length, to: place }),
  fc.record({ what: fc.constant('made up' as const), at: place, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ what: fc.constant('multiplied' as const), at: place, length, times: fc.nat(200) }),
);

/** A body with one damage more. Places and lengths are shares of it. */
function suffer(body: Buffer, harm: Damage): Buffer {
  const at = Math.floor(harm.at * body.length);
  if (harm.what === 'made up') return Buffer.concat([body.subarray(0, at), harm.bytes, body.subarray(at)]);
  const piece = body.subarray(at, at + Math.floor(harm.length * body.length));
  const rest = Buffer.concat([body.subarray(0, at), body.subarray(at + piece.length)]);
  const insert = (into: Buffer, where: number, ...pieces: Buffer[]) =>
    Buffer.concat([into.subarray(0, where), ...pieces, into.subarray(where)]);
  const done: Record<Exclude<Damage['what'], 'made up'>, () => Buffer> = {
    lost: () => rest,
    doubled: () => insert(body, at, piece),
    moved: () => insert(rest, harm.what === 'moved' ? Math.floor(harm.to * rest.length) : 0, piece),
    // Not beyond a few megabytes: what is larger is refused before it is read.
    multiplied: () => {
      const times = harm.what === 'multiplied' ? Math.min(harm.times, Math.floor(2_000_000 / (piece.length + 1))) : 0;
      return insert(body, at, ...Array.from({ length: times }, () => piece));
    },
  };
  return done[harm.what]();
}

/** Describes the fuzzing of an adapter with the recordings in a folder. */
export function describeFuzz(adapter: VendorAdapter, folder: string, dialect: Dialect): void {
  const good = readFixtures(folder).filter(
    (fixture) =>
      fixture.response.status < 400 && dialect.skip(fixture) === null && !fixture.tags.includes('error-body'),
  );
  const framing = dialect.framing ?? sseFraming;
  const streams = good.filter(isStream);
  const wholes = good.filter(({ response }) => response.body_kind === 'json');

  describe(`the ${adapter.vendor.id} adapter, given what no vendor should send`, () => {
    it('never takes a cut stream for a finished one', () => {
      for (const fixture of streams) cutEverywhere(adapter, framing, fixture);
    });

    it('takes shuffled events without falling over', () => {
      const random = randomFrom(11);
      for (const fixture of streams) {
        const shuffled = framing.split(bodyOf(fixture)).sort(() => random() - 0.5);
        outcome(() => runStream(callFor(adapter, true), Buffer.concat(shuffled)));
      }
    });

    it('refuses streams that are not UTF-8', () => {
      const spoilt = (json: Buffer) =>
        Buffer.concat([json.subarray(0, 2), Buffer.from([0xff, 0xfe]), json.subarray(2)]);
      for (const fixture of streams) {
        const events = framing.split(bodyOf(fixture)).map((event) => framing.rewrite(event, spoilt));
        const broken = Buffer.concat(events);
        const read = outcome(() => runStream(callFor(adapter, true), broken));
        expect(read).toMatchObject({ code: 'vendor_malformed' });
      }
    });

    it('takes values of the wrong type without falling over', () => {
      const random = randomFrom(7);
      for (let round = 0; round < ROUNDS; round++) {
        for (const { response } of wholes) {
          const spoilt = Buffer.from(JSON.stringify(spoil(response.body, random)));
          const read = outcome(() => callFor(adapter, false).readWhole(spoilt));
          if (!(read instanceof SkeinError)) JSON.parse(new TextDecoder().decode(read.answer));
        }
        for (const fixture of streams) spoilOneEvent(adapter, framing, fixture, random);
      }
    });

    it('takes bytes that were lost, doubled, moved, made up or multiplied without falling over', () => {
      const some = good.length;
      fc.assert(
        fc.property(fc.nat(some - 1), fc.array(damage, { minLength: 1, maxLength: 4 }), (place, damages) => {
          const fixture = good[place];
          if (fixture === undefined) return;
          const spoilt = damages.reduce(suffer, bodyOf(fixture));
          const read = outcome(() =>
            isStream(fixture)
              ? runStream(callFor(adapter, true), spoilt).chunks.map(({ bytes }) => bytes)
              : [callFor(adapter, false).readWhole(spoilt).answer],
          );
          // What is passed on is JSON, whatever came in.
          if (!(read instanceof SkeinError)) for (const bytes of read) JSON.parse(new TextDecoder().decode(bytes));
        }),
        { seed: 3, numRuns: 150 },
      );
    });

    it('never takes a cut answer for a whole one', () => {
      for (const fixture of wholes) {
        const bytes = bodyOf(fixture);
        for (const part of [0, 0.3, 0.7, 0.99]) {
          const read = outcome(() => callFor(adapter, false).readWhole(bytes.subarray(0, bytes.length * part)));
          expect(read).toMatchObject({ code: 'vendor_malformed' });
        }
      }
    });
  });
}

function spoilOneEvent(adapter: VendorAdapter, framing: Framing, fixture: Fixture, random: () => number): void {
  const parts = framing.split(bodyOf(fixture));
  const place = Math.floor(random() * parts.length);
  const change = (json: Buffer) => Buffer.from(JSON.stringify(spoil(JSON.parse(json.toString('utf8')), random)));
  const spoilt = parts.map((part, at) => (at === place ? framing.rewrite(part, change) : part));
  outcome(() => runStream(callFor(adapter, true), Buffer.concat(spoilt)));
}

const FINISH = /"(?:finish_reason|stop_reason|finishReason|stopReason)": ?"/;

/** Cut after every event: until the stream has told a finish, there is none; from then on it is the right one. */
function cutEverywhere(adapter: VendorAdapter, framing: Framing, fixture: Fixture): void {
  const parts = framing.split(bodyOf(fixture));
  const full = finishOf(adapter, Buffer.concat(parts));
  let hasFinished = false;
  for (let kept = 0; kept < parts.length; kept++) {
    const finish = finishOf(adapter, Buffer.concat(parts.slice(0, kept)));
    hasFinished ||= parts.slice(0, kept).some((part) => FINISH.test(part.toString('latin1')));
    expect(hasFinished ? [null, full] : [null]).toContain(finish);
  }
}
