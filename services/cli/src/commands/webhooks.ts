import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { deliveryListReply, deliveryReply, readReply, webhookListReply, webhookReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

const style = { head: [], border: [], compact: true };

/** Endpoints that hear of jobs. */
export function addWebhooksCommand(program: Command, terminal: Terminal): void {
  const webhooks = program
    .command('webhooks')
    .description('endpoints that hear of jobs: add, rotate secrets, look at deliveries');
  const print = (value: unknown): void => terminal.out(`${JSON.stringify(value, null, 2)}\n`);
  const pathOf = (id: string, rest = ''): string => `/v1/webhooks/${encodeURIComponent(id)}${rest}`;

  withTarget(webhooks.command('add'))
    .description('have an endpoint told of jobs, and print it with its secret')
    .argument('<url>')
    .option('--events <events...>', 'such as job.succeeded job.failed (default: the ends of jobs)')
    .action(async (url: string, { events, ...options }: TargetOptions & { events?: string[] }) => {
      const wish = { url, ...(events !== undefined && { events }) };
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post('/v1/webhooks', wish));
      print(readReply(webhookReply, reply.body, 'The webhook'));
    });

  withTarget(webhooks.command('list'))
    .description('list the endpoints')
    .action(async (options: TargetOptions) => {
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get('/v1/webhooks'));
      const { data } = readReply(webhookListReply, reply, 'The list of webhooks');
      const table = new Table({ head: ['id', 'url', 'state', 'events'], style });
      for (const { id, url, state, events } of data) table.push([id, url, state, events.join(' ')]);
      terminal.out(data.length === 0 ? 'no webhooks\n' : `${table.toString()}\n`);
    });

  withTarget(webhooks.command('get'))
    .description('print an endpoint with the secrets that are valid now')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      print(await withMesh(httpTarget(options, terminal), (mesh) => mesh.get(pathOf(id))));
    });

  withTarget(webhooks.command('rotate'))
    .description('give an endpoint a new secret; the one before is valid for another day')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      print((await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(pathOf(id, '/rotate'), {}))).body);
    });

  withTarget(webhooks.command('remove'))
    .description('tell an endpoint nothing more')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      await withMesh(httpTarget(options, terminal), (mesh) => mesh.delete(pathOf(id)));
      terminal.out(`${id} removed\n`);
    });

  withTarget(webhooks.command('deliveries'))
    .description('list what was sent to an endpoint, the newest first')
    .argument('<id>')
    .action(async (id: string, options: TargetOptions) => {
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.get(pathOf(id, '/deliveries')));
      const { data } = readReply(deliveryListReply, reply, 'The list of deliveries');
      const table = new Table({ head: ['id', 'event', 'job', 'status', 'tries', 'answer', 'at'], style });
      for (const each of data) {
        const { status_code: code, error } = each;
        table.push([each.id, each.event, each.job, each.status, each.tries, code ?? error ?? '–', each.created_at]);
      }
      terminal.out(data.length === 0 ? 'no deliveries\n' : `${table.toString()}\n`);
    });

  withTarget(webhooks.command('redeliver'))
    .description('send a delivery once more')
    .argument('<id>', 'of the endpoint')
    .argument('<delivery>')
    .action(async (id: string, delivery: string, options: TargetOptions) => {
      const path = pathOf(id, `/deliveries/${encodeURIComponent(delivery)}/redeliver`);
      const reply = await withMesh(httpTarget(options, terminal), (mesh) => mesh.post(path, {}));
      const { status } = readReply(deliveryReply, reply.body, 'The delivery');
      terminal.out(`${delivery} ${status}\n`);
    });
}
