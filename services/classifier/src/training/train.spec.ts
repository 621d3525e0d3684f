import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { packModel } from '../task-model.js';
import { wordedTasks } from '../task-rules.js';
import { taskWeights } from '../task-weights.js';
import { readJsonRows, readOwnRows, readTrainingRows } from './rows.js';
import { fitRows, labelRows, trainModel } from './train.js';

const data = fileURLToPath(new URL('../../data', import.meta.url));
const rows = readTrainingRows(data);
const few = rows.filter((_, place) => place % 29 === 0);
const hashOf = (weights: Float32Array): string => createHash('sha256').update(weights).digest('hex');

describe('training', () => {
  it('gives the same model from the same rows', () => {
    const models = [trainModel(few), trainModel(few)].map(packModel);
    expect(models[1]).toEqual(models[0]);
  });

  it('gives other weights when one label is another', () => {
    const changed = few.map((row, place) => (place === 0 ? { ...row, task: 'writing' as const } : row));
    expect(few[0]?.task).not.toBe('writing');
    expect(hashOf(fitRows(labelRows(changed)))).not.toBe(hashOf(fitRows(labelRows(few))));
  });

  it('gave the committed weights, from the committed rows', () => {
    const { bytes } = packModel({ weights: fitRows(labelRows(rows)), temperature: 1 });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      createHash('sha256').update(taskWeights.bytes).digest('hex'),
    );
  }, 60_000);
});

describe('the rows that are trained on', () => {
  const licences = z.enum(['Apache-2.0', 'MIT', 'CC-BY-4.0', 'written for this project']);
  const licenced = readFileSync(join(data, 'public.jsonl'), 'utf8').trimEnd().split('\n');

  it('have permissive licences, and are named with their numbers beside the data', () => {
    const note = readFileSync(join(data, 'LICENCES.md'), 'utf8').replaceAll(/ +/g, ' ');
    const counts = Map.groupBy(licenced, (line) => {
      const { source } = z.object({ source: z.string(), licence: licences }).parse(JSON.parse(line));
      return source.startsWith('synthetic:') ? 'synthetic:…-templates' : source;
    });
    for (const [source, lines] of counts) expect(note).toContain(`| \`${source}\` | ${lines.length} |`);
  });

  it('hold every task in English and in Chinese', () => {
    for (const lang of ['en', 'zh'] as const) {
      expect(new Set(rows.filter((row) => row.lang === lang).map(({ task }) => task))).toEqual(new Set(wordedTasks));
    }
  });

  it('ask each thing once', () => {
    const own = readOwnRows(join(data, 'own')).map(({ text, instructions }) => `${instructions}\n${text}`);
    expect(new Set(own).size).toBe(own.length);
  });

  it('hold nothing of what is held out', () => {
    const known = new Set(rows.map(({ text }) => text));
    const sources = new Set(rows.map(({ source }) => source));
    for (const { text, source } of readJsonRows(join(data, 'held-out.jsonl'))) {
      expect(known.has(text) || sources.has(source)).toBe(false);
    }
  });
});
