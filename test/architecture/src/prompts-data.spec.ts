import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { tasks } from '@skein/contracts/gateway';
import { readText } from './repository.js';

const row = z.strictObject({
  text: z.string().min(1),
  task: z.enum(tasks),
  lang: z.enum(['en', 'zh', 'other']),
  source: z.string().min(1),
  licence: z.enum(['Apache-2.0', 'MIT', 'CC-BY-4.0', 'written for this project']),
});

describe('the prompts that are replayed', () => {
  const text = readText('test/e2e/data/prompts.jsonl');
  const lines = text.trimEnd().split('\n');
  const rows = lines.map((line) => row.parse(JSON.parse(line)));

  it('are many, different and small', () => {
    expect(rows.length).toBeGreaterThanOrEqual(400);
    expect(new Set(rows.map((prompt) => prompt.text)).size).toBe(rows.length);
    expect(Buffer.byteLength(text)).toBeLessThan(500_000);
  });

  it('hold every task that words can tell, and Chinese beside English', () => {
    expect(new Set(rows.map(({ task }) => task))).toEqual(new Set(tasks.filter((task) => task !== 'multimodal')));
    for (const lang of ['en', 'zh'] as const)
      expect(rows.filter((prompt) => prompt.lang === lang).length).toBeGreaterThan(100);
  });

  it('come from sources that the note beside them names, in the numbers it names', () => {
    const note = readText('test/e2e/data/LICENCES.md');
    const counted = Map.groupBy(rows, ({ source }) =>
      source.startsWith('synthetic:') ? 'synthetic:…-templates' : source,
    );
    for (const [source, group] of counted) expect(note).toContain(`| \`${source}\` | ${group.length} |`);
  });
});
