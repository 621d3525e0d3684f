/**
 * Writes what is made of a full run: results/latest.{json,md}, its plots, and the sections of the READMEs. By itself
 * (`npm run bench:publish`) it makes all of it again from results/latest.json.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFile, checkout } from './checkout.ts';
import { judge } from './goals.ts';
import { renderMarkdown } from './report/markdown.ts';
import { benchSection, projectSection, putSection } from './report/sections.ts';
import { renderGrowthSvg } from './report/growth-svg.ts';
import { plots, renderSvg } from './report/svg.ts';
import type { Results } from './results.ts';
import { toLines } from './to-lines.ts';

const latest = benchFile('../results/latest.json');

export function publish(results: Results): void {
  const result = (name: string): string => benchFile(`../results/${name}`);
  const written = [
    [latest, toLines(results)],
    [result('latest.md'), renderMarkdown(results)],
    ...plots.map((plot) => [result(`${plot}.svg`), renderSvg(results, [plot])] as const),
    ...(results.growth === null ? [] : [[result('growth.svg'), renderGrowthSvg(results.growth)] as const]),
  ] as const;
  for (const [file, text] of written) writeFileSync(file, text);
  const readmes = [
    [benchFile('../README.md'), benchSection(results)],
    [join(checkout, 'README.md'), projectSection(results)],
  ] as const;
  for (const [file, section] of readmes) writeFileSync(file, putSection(readFileSync(file, 'utf8'), section));
  const prettier = join(checkout, 'node_modules/prettier/bin/prettier.cjs');
  spawnSync(process.execPath, [prettier, '--write', ...readmes.map(([file]) => file)], { stdio: 'ignore' });
}

if (import.meta.main) {
  const results = JSON.parse(readFileSync(latest, 'utf8')) as Results;
  publish({ ...results, goals: judge(results) });
}
