/** The same prompts under several strategies, side by side: what they cost, how good the models are, and which they were. */
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';
import { catalog, qualityFor } from '@skein/catalog';
import { strategies, type Strategy } from '@skein/contracts/gateway';
import { formatUsd } from '../money.js';
import type { Prompt } from '../prompts.js';
import { percentile, type Sample } from './statistics.js';

export interface StrategyRun {
  readonly strategy: Strategy;
  readonly requests: number;
  readonly failed: number;
  readonly cost_usd: string;
  readonly cost_nano: number;
  /** Mean over answers of the catalogue's quality of the model for the task, 0-10; null where nothing is known. An estimate. */
  readonly quality: number | null;
  readonly latency_p50_ms: number | null;
  /** Share of the answers by model, most first. */
  readonly models: readonly { readonly model: string; readonly share: number }[];
}

/** Reads `a,b,c`. Throws commander's own error for what is no strategy. */
export function readStrategies(list: string): readonly Strategy[] {
  return list.split(',').map((name) => {
    const strategy = strategies.find((known) => known === name.trim());
    if (strategy === undefined) throw new InvalidArgumentError(`Strategies are ${strategies.join(', ')}.`);
    return strategy;
  });
}

/** The prompt as it is sent under a strategy: its own task and other metadata stay. */
export function withStrategy(prompt: Prompt, strategy: Strategy): Prompt {
  const metadata: unknown = prompt.body['metadata'];
  const said = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return { ...prompt, body: { ...prompt.body, metadata: { ...said, strategy } } };
}

export function summariseStrategy(strategy: Strategy, samples: readonly Sample[]): StrategyRun {
  const answered = samples.filter(({ failure }) => failure === null);
  const qualities = answered.map(qualityOf).filter((quality) => quality !== null);
  const cost = answered.reduce((sum, sample) => sum + (sample.costNano ?? 0n), 0n);
  const groups = [...Map.groupBy(answered, ({ model }) => model)].map(([model, group]) => ({
    model,
    share: group.length / answered.length,
  }));
  return {
    strategy,
    requests: samples.length,
    failed: samples.length - answered.length,
    cost_usd: formatUsd(cost),
    cost_nano: Number(cost),
    quality: qualities.length === 0 ? null : qualities.reduce((sum, quality) => sum + quality, 0) / qualities.length,
    latency_p50_ms: percentile(
      answered.map(({ totalMs }) => totalMs),
      0.5,
    ),
    models: groups.sort((a, b) => b.share - a.share),
  };
}

const SHOWN = 4;

export function renderComparison(runs: readonly StrategyRun[]): string {
  const dearest = Math.max(...runs.map(({ cost_nano }) => cost_nano));
  const table = new Table({
    head: ['strategy', 'requests', 'failed', 'cost USD', 'saved', 'quality (est.)', 'p50', 'models'],
    style: { head: [], border: [], compact: true },
  });
  for (const { strategy, requests, failed, cost_usd, cost_nano, quality, latency_p50_ms, models } of runs) {
    const more = models.length > SHOWN ? `, ${models.length - SHOWN} more` : '';
    table.push([
      strategy,
      requests,
      failed,
      cost_usd,
      dearest === 0 ? '–' : `${(100 * (1 - cost_nano / dearest)).toFixed(1)} %`,
      quality === null ? '–' : quality.toFixed(2),
      latency_p50_ms === null ? '–' : `${Math.round(latency_p50_ms)} ms`,
      `${models
        .slice(0, SHOWN)
        .map(({ model, share }) => `${model} ${Math.round(100 * share)} %`)
        .join(', ')}${more}`,
    ]);
  }
  return `${table.toString()}\nSaved: beside the dearest of them. Quality: the catalogue's score of each model for its task, not a judgement of the answers.\n`;
}

function qualityOf({ model, task }: Sample): number | null {
  const resolution = catalog.resolve(model);
  const record = 'record' in resolution ? resolution.record : null;
  return record === null ? null : qualityFor(record, task);
}
