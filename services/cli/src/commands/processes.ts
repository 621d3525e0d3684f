/** Commands that run a part of the mesh on this machine: `start`, `serve`, `worker`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { runInForeground } from '../run-in-foreground.js';
import type { Outcome } from '../outcome.js';
import { workerTarget } from '../target.js';

/** Vendors with a dialect of their own; any other is served by the OpenAI-compatible worker, which knows which exist. */
const ownWorkers = ['openai', 'anthropic', 'google', 'vertex', 'bedrock', 'cohere'];

export function addProcessCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('start')
    .description('start the whole mesh on this machine, in one process (npm start)')
    .action(async () => {
      outcome.exitCode = await runInForeground({
        command: 'npm',
        args: ['start'],
        cwd: terminal.root,
        environment: terminal.environment,
      });
    });

  program
    .command('serve')
    .description('run some rooms in one process, against the servers that NATS_URL, REDIS_URL and DATABASE_URL name')
    .argument('<room...>', 'names of rooms, such as orchestrator router')
    .action(async (rooms: string[]) => {
      outcome.exitCode = await runBuilt(terminal, 'services/standalone', rooms, {});
    });

  program
    .command('worker')
    .description('join a vendor worker to a mesh, from this or any host')
    .argument('<vendor>', 'id of the vendor, such as openai or groq')
    .option(
      '--nats <url>',
      'NATS address of the mesh, with the mesh’s own user and password (default: NATS_URL, else the local mesh’s)',
    )
    .action(async (vendor: string, options: { nats?: string }) => {
      const room = ownWorkers.includes(vendor) ? vendor : 'openai-compatible';
      outcome.exitCode = await runBuilt(terminal, `services/provider-workers/${room}`, [], {
        ...workerTarget(options, terminal),
        VENDOR: vendor,
      });
    });
}

async function runBuilt(
  terminal: Terminal,
  room: string,
  args: readonly string[],
  extra: Readonly<Record<string, string>>,
): Promise<number> {
  const main = join(terminal.root, room, 'dist', 'src', 'main.js');
  if (!existsSync(main)) throw new CommandFailure(`${room} is not built; run "npm run build" first`);
  return runInForeground({
    command: process.execPath,
    args: [main, ...args],
    cwd: terminal.root,
    environment: { ...terminal.environment, ...extra },
  });
}
