import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { limitListReply, readReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';
import { readCount } from './chat-options.js';

const PATH = '/v1/queue/limits';

interface SetOptions extends TargetOptions {
  readonly concurrency?: number;
  readonly perMinute?: number;
  readonly weight?: string;
}

/** Bounds that operators set on jobs. */
export function addLimitsCommand(program: Command, terminal: Terminal): void {
  const limits = program
    .command('limits')
    .description('bounds of the jobs of a tenant, or of those that name a vendor (admin key)');

  withTarget(limits.command('list'))
    .description('list the bounds')
    .action(async (options: TargetOptions) => {
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get(PATH));
      const { data } = readReply(limitListReply, reply, 'The list of limits');
      const table = new Table({
        head: ['of', 'name', 'at once', 'per minute', 'weight'],
        style: { head: [], border: [], compact: true },
      });
      for (const each of data)
        table.push([each.scope, each.name, each.concurrency ?? '–', each.per_minute ?? '–', each.weight]);
      terminal.out(data.length === 0 ? 'no limits\n' : `${table.toString()}\n`);
    });

  withTarget(limits.command('set'))
    .description('set the bounds of a tenant or a vendor, in place of those it had; what is not given is not bounded')
    .argument('<scope>', 'tenant or vendor')
    .argument('<name>', 'its name; "*" for all tenants without bounds of their own')
    .option('--concurrency <count>', 'jobs at once', readCount)
    .option('--per-minute <count>', 'jobs begun in any minute', readCount)
    .option('--weight <number>', 'share beside other tenants')
    .action(async (scope: string, name: string, { concurrency, perMinute, weight, ...options }: SetOptions) => {
      const share = Number(weight ?? 1);
      if (!(share > 0)) throw new CommandFailure('--weight must be a number above 0');
      const wish = { scope, name, concurrency: concurrency ?? null, per_minute: perMinute ?? null, weight: share };
      await withMesh(httpTarget(options, terminal), (mesh) => mesh.put(PATH, wish));
      terminal.out(`${scope} ${name} bounded\n`);
    });
}
