import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readTrainingRows } from './training/rows.js';
import { PairsSeen, pieceOf } from './pairs-seen.js';
import { requiredText } from './required-text.js';
import { taskRules } from './task-rules.js';

const data = fileURLToPath(new URL('../data', import.meta.url));

describe('what a pattern asks of a text', () => {
  it.each<[RegExp, readonly string[] | null]>([
    [/\b(?:summar(?:y|ies)|tl;? ?dr)\b/, ['summar', 'tl']],
    [/abc?d/, ['ab']],
    [/ab+cd/, ['ab']],
    [/(?:ab|cd)?ef/, ['ef']],
    [/(?!xyz)ab/, ['ab']],
    [/[?？]\s*$|吗/, ['?', '？', '吗']],
    [/[?]*ab|[:x]cd/, ['ab', 'cd']],
    [/[^?:]|ab/, null],
    [/(?<=xyz)ab/, ['ab']],
    [/[xyz]{2}ab{0,3}c/, null],
    [/翻译|译(?:成|为)/, ['翻译', '译']],
    [/AB\.C/, ['ab.c']],
    [/\d+|ab/, null],
    [/ab|[cd]/, null],
    [/\?\s*$/, ['?']],
    [/a|bc/, null],
  ])('%p: %p', (pattern, required) => {
    expect(requiredText(pattern.source)).toEqual(required);
  });

  it('is there wherever a rule matches', () => {
    const seen = new PairsSeen();
    const needs = taskRules.map(({ pattern }) => requiredText(pattern.source));
    const filters = needs.map((pieces) => pieces?.map(pieceOf) ?? null);
    expect(needs.filter((pieces) => pieces !== null).length).toBeGreaterThan(taskRules.length * 0.8);
    const outcomes = readFileSync(`${data}/outcomes.jsonl`, 'utf8').trimEnd().split('\n').slice(0, 300);
    const rows = readTrainingRows(data).filter((_, place) => place % 4 === 0);
    const texts = [...rows.map(({ text }) => text), ...outcomes];
    let skipped = 0;
    const wrong: string[] = [];
    for (const text of texts) {
      const lower = text.toLowerCase();
      seen.read(lower);
      for (const [place, { pattern }] of taskRules.entries()) {
        const pieces = needs[place];
        const filter = filters[place];
        if (!pieces || !filter) continue;
        const isSeen = seen.hasOneOf(filter);
        if (!isSeen) skipped += 1;
        // What is there is never said to be missing, and what matches has what it asks for.
        const isThere = pieces.some((piece) => lower.includes(piece));
        if (isThere !== isSeen || (!isThere && pattern.test(text))) wrong.push(`rule ${place}: ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(skipped).toBeGreaterThan((texts.length * taskRules.length * 3) / 4);
  });
});
