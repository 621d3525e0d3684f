import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { readReply, usageReply } from '../replies.js';
import { readSince } from '../since.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

interface UsageOptions extends TargetOptions {
  readonly since?: string;
  readonly json?: boolean;
}

export function addUsageCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('usage')
    .description('what this key has used, from the ledger')
    .option('--since <moment>', 'from a moment (ISO 8601) or so long ago (30m, 24h, 7d); default: the beginning')
    .option('--json', 'print the mesh’s own answer');
  withTarget(command).action(async (options: UsageOptions) => {
    const since = options.since === undefined ? null : readSince(options.since, new Date());
    const path = since === null ? '/v1/usage' : `/v1/usage?since=${encodeURIComponent(since.toISOString())}`;
    const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get(path));
    const usage = readReply(usageReply, reply, 'The usage report');
    if (options.json === true) {
      terminal.out(`${JSON.stringify(usage, null, 2)}\n`);
      return;
    }
    const table = new Table({ style: { head: [], border: [], compact: true } });
    table.push(['requests', usage.requests], ['attempts', usage.attempts], ['outcome unknown', usage.unknown]);
    for (const [bucket, tokens] of Object.entries(usage.tokens)) table.push([`tokens: ${bucket}`, tokens]);
    table.push(['cost USD', usage.cost_usd]);
    terminal.out(`${table.toString()}\n`);
  });
}
