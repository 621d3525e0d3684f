/** Where the mesh is and who asks: options first, then the environment, then what `npm start` left in `.skein/mesh.json`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Terminal } from './environment.js';
import { CommandFailure } from './failure.js';

const DEFAULT_URL = 'http://127.0.0.1:4000';
const LOCAL_KEY = 'sk-skein-dev';

const meshFile = z.looseObject({
  http: z.string().optional(),
  nats: z.string().optional(),
  nats_mesh: z.string().optional(),
  sandbox: z.string().nullable().optional(),
});

export interface HttpTarget {
  readonly url: string;
  readonly key: string;
}
export interface NatsTarget {
  readonly nats: string;
  readonly key: string;
}

export interface TargetOptions {
  readonly url?: string;
  readonly key?: string;
  readonly nats?: string;
}

/** Adds the options of every command that speaks HTTP. */
export function withTarget(command: Command): Command {
  return command
    .option('--url <url>', `the mesh's HTTP address (default: the local mesh's, else ${DEFAULT_URL})`)
    .option('--key <key>', 'the API key (default: SKEIN_API_KEY, else the local profile’s key)');
}

/** HTTP address and key. Throws `CommandFailure` when there is no key for a mesh on another machine. */
export function httpTarget(options: TargetOptions, terminal: Terminal): HttpTarget {
  const url = (options.url ?? readMeshFile(terminal.root).http ?? DEFAULT_URL).replace(/\/+$/, '');
  return { url, key: keyFor(url, options, terminal) };
}

/** NATS address of the customers' door and key. Throws `CommandFailure` when no address is known. */
export function natsTarget(options: TargetOptions, terminal: Terminal): NatsTarget {
  const nats = options.nats ?? readMeshFile(terminal.root).nats;
  if (nats === undefined) throw new CommandFailure('No NATS address is known: start a local mesh, or give --nats');
  return { nats, key: keyFor(nats, options, terminal) };
}

/** What a worker has to know of the mesh it joins, as the environment it is started with. */
export interface WorkerTarget {
  readonly NATS_URL: string;
  /** Stands in for vendors without a key; only a mesh on this machine has one. */
  readonly SANDBOX_URL?: string;
}

/** The mesh a worker joins. Throws `CommandFailure` when none is known. */
export function workerTarget(options: Pick<TargetOptions, 'nats'>, terminal: Terminal): WorkerTarget {
  const local = readMeshFile(terminal.root);
  const nats = options.nats ?? (terminal.environment['NATS_URL'] || undefined) ?? local.nats_mesh;
  if (nats === undefined) throw new CommandFailure('Which mesh? Start a local one, give --nats or set NATS_URL');
  const sandbox = terminal.environment['SANDBOX_URL'] ?? (nats === local.nats_mesh ? local.sandbox : undefined);
  return { NATS_URL: nats, ...(sandbox && { SANDBOX_URL: sandbox }) };
}

/** The sandbox of a local mesh, where vendors can be made to fail; null where there is none. */
export function sandboxTarget(terminal: Terminal): string | null {
  return terminal.environment['SANDBOX_URL'] ?? readMeshFile(terminal.root).sandbox ?? null;
}

/** The development key exists on loopback alone, so it is never sent elsewhere. */
function keyFor(address: string, options: TargetOptions, terminal: Terminal): string {
  const key = options.key ?? terminal.environment['SKEIN_API_KEY'];
  if (key !== undefined && key !== '') return key;
  if (isLoopback(address)) return LOCAL_KEY;
  throw new CommandFailure(`${hostOf(address)} needs a key: give --key or set SKEIN_API_KEY`);
}

function hostOf(address: string): string {
  try {
    return new URL(address.includes('://') ? address : `nats://${address}`).hostname;
  } catch {
    throw new CommandFailure(`"${address}" is not an address`);
  }
}

function isLoopback(address: string): boolean {
  const host = hostOf(address);
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readMeshFile(root: string): z.infer<typeof meshFile> {
  let text: string;
  try {
    text = readFileSync(join(root, '.skein', 'mesh.json'), 'utf8');
  } catch {
    return {};
  }
  try {
    return meshFile.parse(JSON.parse(text));
  } catch {
    throw new CommandFailure(
      `${join(root, '.skein', 'mesh.json')} cannot be read; start the mesh again, or give --url and --nats`,
    );
  }
}
