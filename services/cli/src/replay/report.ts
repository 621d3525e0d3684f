/** A replay's summary for people (tables) and for programs (JSON). */
import Table from 'cli-table3';
import { formatUsd } from '../money.js';
import type { ReplaySummary, Spread, Totals } from './statistics.js';

const columns = [
  'requests',
  'tokens in',
  'tokens out',
  'cost USD',
  'latency p50/p95',
  'first token p50/p95',
  'cache hits',
  'failovers',
  'failed',
];

export function renderReport(summary: ReplaySummary): string {
  const tables = [renderTable('task', summary.byTask, summary.all), renderTable('model', summary.byModel, summary.all)];
  if (summary.failures.size > 0) {
    tables.push(['Failures:', ...[...summary.failures].map(([reason, count]) => `  ${count} × ${reason}`)].join('\n'));
  }
  if (summary.all.unpriced > 0) {
    tables.push(`${summary.all.unpriced} of the answers have no known price and are not in the sums.`);
  }
  return `${tables.join('\n\n')}\n`;
}

/** Money as decimal strings of USD, times in milliseconds. */
export function reportAsJson(summary: ReplaySummary): unknown {
  const named = (groups: ReadonlyMap<string, Totals>): unknown =>
    Object.fromEntries([...groups].map(([name, totals]) => [name, totalsAsJson(totals)]));
  return {
    ...totalsAsJson(summary.all),
    by_task: named(summary.byTask),
    by_model: named(summary.byModel),
    failures: Object.fromEntries(summary.failures),
  };
}

function totalsAsJson(totals: Totals) {
  return {
    requests: totals.requests,
    failed: totals.failed,
    tokens: { input: totals.inputTokens, output: totals.outputTokens },
    cost_usd: formatUsd(totals.costNano),
    unpriced: totals.unpriced,
    latency_ms: totals.latencyMs,
    first_token_ms: totals.firstTokenMs,
    cache_hits: totals.cacheHits,
    failovers: totals.failovers,
  };
}

function renderTable(heading: string, groups: ReadonlyMap<string, Totals>, all: Totals): string {
  const table = new Table({
    head: [heading, ...columns],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const [name, totals] of groups) table.push([name, ...cells(totals)]);
  table.push(['all', ...cells(all)]);
  return table.toString();
}

function cells(totals: Totals): string[] {
  return [
    totals.requests.toString(),
    totals.inputTokens.toString(),
    totals.outputTokens.toString(),
    formatUsd(totals.costNano),
    renderSpread(totals.latencyMs),
    renderSpread(totals.firstTokenMs),
    totals.cacheHits.toString(),
    totals.failovers.toString(),
    totals.failed.toString(),
  ];
}

function renderSpread(spread: Spread | null): string {
  return spread === null ? '–' : `${Math.round(spread.p50)} / ${Math.round(spread.p95)} ms`;
}
