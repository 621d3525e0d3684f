import { describe, expect, it } from '@jest/globals';
import { handleBatch } from './handle-batch.js';

/** Messages by name; a name in `bad` cannot be handled. What became of each, in the order in which it did. */
async function handled(names: string[], bad: readonly string[]): Promise<{ tries: string[]; ends: string[] }> {
  const tries: string[] = [];
  const ends: string[] = [];
  await handleBatch(
    names.map((name) => ({
      name,
      ack: () => void ends.push(`${name} read`),
      nak: (afterMs: number) => void ends.push(`${name} again in ${afterMs / 1_000} s`),
    })),
    async (some) => {
      tries.push(some.map(({ name }) => name).join(''));
      if (some.some(({ name }) => bad.includes(name))) throw new Error('cannot be handled');
    },
    () => undefined,
  );
  return { tries, ends };
}

describe('a batch of facts', () => {
  it.each<[string, string[], string[], string[], string[]]>([
    ['is handled at once', ['a', 'b'], [], ['ab'], ['a read', 'b read']],
    [
      'goes on around one that cannot be handled, which comes again by itself',
      ['a', 'b', 'c'],
      ['b'],
      ['abc', 'a', 'b', 'c'],
      ['a read', 'c read', 'b again in 30 s'],
    ],
    ['of one comes again soon', ['a'], ['a'], ['a'], ['a again in 1 s']],
    [
      'is given up after three in a row: it is not for what is in them',
      ['a', 'b', 'c', 'd', 'e'],
      ['b', 'c', 'd', 'e'],
      ['abcde', 'a', 'b', 'c', 'd'],
      ['a read', 'b again in 1 s', 'c again in 1 s', 'd again in 1 s', 'e again in 1 s'],
    ],
  ])('%s', async (_what, names, bad, tries, ends) => {
    expect(await handled(names, bad)).toEqual({ tries, ends });
  });
});
