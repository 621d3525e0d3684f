import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { processEnvironment, type Environment } from '@skein/config';
import { benchFile } from './checkout.ts';
import { HttpConnection, type Answer } from './load/http-connection.ts';
import { LOAD_CORE, SUBJECT_CORE, end, spawnPinned } from './pinning.ts';
import { membersOf, type Member } from './processes.ts';
import { faultOf, nextRequest, plainAddress, type Ask } from './request.ts';
import type { Target } from './target.ts';

const READY_WITHIN_MS = 120_000;

export interface RunningTarget {
  readonly target: Target;
  /** Its doors. */
  readonly ports: readonly number[];
  /** From its start to its first good answer, ms; 0 where nothing was started. */
  readonly startMs: number;
  /** All bytes of its next request. */
  nextRequest(ask: Ask): Uint8Array;
  /** Its processes now, looked up anew. */
  members(): readonly Member[];
  stop(): Promise<void>;
}

export interface MockVendor {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMockVendor(): Promise<MockVendor> {
  const child = spawnPinned({
    core: LOAD_CORE,
    command: [benchFile('./mock-vendor.ts')],
    environment: processEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('The mock vendor has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port: number };
    return { port, url: `http://127.0.0.1:${port}`, stop: () => end(child) };
  }
  throw new Error('The mock vendor did not start');
}

/** Starts a target and waits for a good plain answer and a good stream from it. Throws when they do not come. */
export async function startTarget(
  target: Target,
  mock: MockVendor,
  scratch: string,
  nodeOptions: readonly string[] = [],
): Promise<RunningTarget> {
  const address = target.address?.(mock.url) ?? plainAddress;
  const request = (ask: Ask): Uint8Array => nextRequest(ask, address);
  if (target.start === null) {
    return {
      target,
      ports: [mock.port],
      startMs: 0,
      nextRequest: request,
      members: () => [],
      stop: () => Promise.resolve(),
    };
  }
  const ports = await Promise.all(Array.from({ length: target.doors ?? 1 }, freePort));
  const place = { ports, upstream: mock.url, directory: join(scratch, target.name), environment: plainEnvironment() };
  const { command, program, environment } = target.start(place);
  const startedAt = performance.now();
  const child = spawnPinned({
    core: SUBJECT_CORE,
    command: [...nodeOptions, ...command],
    ...(program !== undefined && { program }),
    environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const root = child.pid ?? 0;
  try {
    const askOnce = async (stream: boolean): Promise<string | null> => {
      for (const port of ports) {
        const fault = await tryOnce(port, request({ stream, pace: 'at once' }), stream);
        if (fault !== null) return fault;
      }
      return null;
    };
    await firstGoodAnswer(
      target,
      () => askOnce(false),
      () => child.exitCode !== null,
    );
    const startMs = performance.now() - startedAt;
    const fault = await askOnce(true);
    if (fault !== null) throw new Error(`${target.name} answers but does not stream: ${fault}`);
    return {
      target,
      ports,
      startMs,
      nextRequest: request,
      members: () => membersOf([root]).filter(({ pid }) => pid !== root || target.hasLauncher !== true),
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** No vendor's key, no given server, nothing of the shell's that would change what is measured. */
function plainEnvironment(): Environment {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER'];
  return Object.fromEntries(Object.entries(processEnvironment()).filter(([name]) => kept.includes(name)));
}

async function firstGoodAnswer(
  target: Target,
  tryAgain: () => Promise<string | null>,
  hasEnded: () => boolean,
): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const fault = await tryAgain();
    if (fault === null) return;
    if (hasEnded()) throw new Error(`${target.name} ended before it answered`);
    if (performance.now() > deadline) throw new Error(`${target.name} gave no good answer: ${fault}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function tryOnce(port: number, bytes: Uint8Array, stream: boolean): Promise<string | null> {
  const connection = new HttpConnection(port);
  connection.kept = [];
  const answer = await new Promise<Answer>((resolve) => connection.send(bytes, resolve));
  connection.close();
  const fault = faultOf(answer, stream);
  return fault === null ? null : `${fault} ${Buffer.concat(connection.kept).toString().slice(0, 300)}`;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
