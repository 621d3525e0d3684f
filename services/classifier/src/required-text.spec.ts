import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readTrainingRows } from './training/rows.js';
import { PiecesSeen } from './pieces-seen.js';
import { requiredText } from './required-text.js';
import { taskRules } from './task-rules.js';

const data = fileURLToPath(new URL('../data', import.meta.url));

describe('what a pattern asks of a text', () => {
  it.each<[RegExp, readonly (readonly string[])[]]>([
    [/\b(?:summar(?:y|ies)|tl;? ?dr)\b/, [['summar', 'tl']]],
    [/abc?d/, [['ab']]],
    [/ab+cd/, [['ab'], ['cd']]],
    [/(?:ab|cd)?ef/, [['ef']]],
    [/(?!xyz)ab/, [['ab']]],
    [/[?？]\s*$|吗/, [['?', '？', '吗']]],
    [/[?]*ab|[:x]cd/, [['ab', 'cd']]],
    [/[^?:]|ab/, []],
    [/(?<=xyz)ab/, [['ab']]],
    [/[xyz]{2}ab{0,3}c/, []],
    [/\bhow (?:many|much)\b.*(?:ab c|d)(?:[?]| of)/, [['how '], ['many', 'much'], ['?', ' of']]],
    [/翻译|译(?:成|为)/, [['翻译', '译']]],
    [/AB\.C/, [['ab.c']]],
    [/\d+|ab/, []],
    [/ab|[cd]/, []],
    [/\?\s*$/, [['?']]],
    [/a|bc/, []],
  ])('%p: %p', (pattern, required) => {
    expect(requiredText(pattern.source)).toEqual(required);
  });

  it('is there wherever a rule matches', () => {
    const needs = taskRules.map(({ pattern }) => requiredText(pattern.source));
    const seen = new PiecesSeen(needs.flat());
    let groups = 0;
    const filters = needs.map((parts) => parts.map(() => groups++));
    expect(needs.filter((parts) => parts.length > 0).length).toBeGreaterThan(taskRules.length * 0.8);
    const outcomes = readFileSync(`${data}/outcomes.jsonl`, 'utf8').trimEnd().split('\n').slice(0, 300);
    const rows = readTrainingRows(data).filter((_, place) => place % 4 === 0);
    const texts = [...rows.map(({ text }) => text), ...outcomes];
    let skipped = 0;
    const wrong: string[] = [];
    for (const text of texts) {
      const lower = text.toLowerCase();
      seen.read(lower);
      for (const [place, { pattern }] of taskRules.entries()) {
        const isSeen = (filters[place] ?? []).every((group) => seen.has(group));
        if (!isSeen) skipped += 1;
        // What is there is never said to be missing, and what matches has what it asks for.
        const isThere = (needs[place] ?? []).every((part) => part.some((piece) => lower.includes(piece)));
        if (isThere !== isSeen || (!isThere && pattern.test(text))) wrong.push(`rule ${place}: ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(skipped).toBeGreaterThan((texts.length * taskRules.length * 3) / 4);
  });
});
