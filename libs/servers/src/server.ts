// One private server as a process: started detached on a port of its own, watched until it answers, recorded so that a
// later run finds it, ended politely and then by force. What differs between servers is in their `Recipe`.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerHome } from './home.js';
import { STOP_BOUND_MS } from './home.js';
import { chooseFreePort } from './ports.js';
import { endProcess, identifyProcess, isRunning, signalTree, type ProcessIdentity } from './process-identity.js';
import { readServerRecord, writeServerRecord } from './state.js';
import { ServerStartError, type LaunchedServer, type ServerName } from './types.js';

const READY_POLL_MS = 15;
const READY_BOUND_MS = 120_000;
const RETRY_PAUSE_MS = 200;
const MAX_ATTEMPTS = 30;
const LOG_TAIL_LINES = 15;
const PORT_TAKEN = /address already in use/i;

export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

export interface Recipe {
  name: ServerName;
  politeSignal: NodeJS.Signals;
  /** Puts in place what the server reads and says how to run it on this port. Called before every start. */
  prepare(port: number): Promise<Command>;
  /** Whether the server on this port is ours and answers; throws when waiting any longer is of no use. */
  isReady(port: number): Promise<boolean>;
  /** Log lines of a failure that passes by itself, such as the last children of a killed server still going. */
  passingFailure?: RegExp;
}

interface Running {
  identity: ProcessIdentity;
  /** Set before we end it ourselves, so that its end is not reported as a surprise. */
  isEnding: boolean;
}

/** Starts the server of `recipe` in `home` and waits until it answers. Throws `ServerStartError`; the home is then closed. */
export async function launch(recipe: Recipe, home: ServerHome): Promise<LaunchedServer> {
  const { stateDir, say } = home;
  const logFile = openLog(stateDir, recipe.name);
  let port = await chooseFreePort(readServerRecord(stateDir, recipe.name)?.port);
  let isPortPromised = false;
  let running: Running | undefined;
  let isStopped = false;
  let stopping: Promise<void> | undefined;

  async function start(): Promise<void> {
    if (isStopped) throw new ServerStartError(`${recipe.name} was stopped for good`);
    if (running !== undefined && isRunning(running.identity)) return;
    for (let attempt = 1; ; attempt += 1) {
      const logStart = statSync(logFile).size;
      const begun = await spawnRecorded();
      try {
        if (await becomesReady(begun)) running = begun;
      } finally {
        if (running !== begun) await endProcess(begun.identity, recipe.politeSignal, STOP_BOUND_MS);
      }
      if (running === begun) {
        isPortPromised = true;
        return;
      }
      const log = readFileSync(logFile).subarray(logStart).toString();
      const hasLostPort = PORT_TAKEN.test(log) && !isPortPromised;
      if (attempt >= MAX_ATTEMPTS || !(hasLostPort || recipe.passingFailure?.test(log) === true)) {
        throw new ServerStartError(
          `${recipe.name} did not start on port ${port}; its log ${logFile} ends:\n${tail(log)}`,
        );
      }
      if (hasLostPort) port = await chooseFreePort();
      else await wait(RETRY_PAUSE_MS);
    }
  }

  async function spawnRecorded(): Promise<Running> {
    const { file, args, ...how } = await recipe.prepare(port);
    const log = openSync(logFile, 'a');
    const child = spawn(file, args, { ...how, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    const identity = child.pid === undefined ? null : identifyProcess(child.pid);
    if (identity === null) {
      const reason = await new Promise<string>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('exit', (code, signal) => resolve(`ended at once (${signal ?? code})`));
      });
      throw new ServerStartError(`${recipe.name} could not be run: ${reason}`);
    }
    writeServerRecord(stateDir, recipe.name, { port, process: identity });
    const begun: Running = { identity, isEnding: false };
    child.once('exit', (code, signal) => {
      if (running === begun && !begun.isEnding)
        say(`${recipe.name} ended by itself (${signal ?? code}); its log: ${logFile}`);
    });
    return begun;
  }

  async function becomesReady(begun: Running): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < READY_BOUND_MS; waitedMs += READY_POLL_MS) {
      if (!isRunning(begun.identity)) return false;
      if (await recipe.isReady(port)) return isRunning(begun.identity);
      await wait(READY_POLL_MS);
    }
    return false;
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (running === undefined) return;
    const ending = running;
    ending.isEnding = true;
    await endProcess(ending.identity, signal, STOP_BOUND_MS);
    if (running === ending) running = undefined;
  }

  async function endForGood(): Promise<void> {
    isStopped = true;
    await kill(recipe.politeSignal);
    writeServerRecord(stateDir, recipe.name, { port });
    home.close();
  }

  try {
    await start();
  } catch (error) {
    isStopped = true;
    home.close();
    throw error;
  }

  return {
    name: recipe.name,
    port,
    logFile,
    get pid() {
      return running !== undefined && isRunning(running.identity) ? running.identity.pid : undefined;
    },
    pause: () => running && signalTree(running.identity, 'SIGSTOP'),
    resume: () => running && signalTree(running.identity, 'SIGCONT'),
    kill,
    start,
    restart: async () => {
      await kill(recipe.politeSignal);
      await start();
    },
    stop: () => (stopping ??= endForGood()),
  };
}

/** Starts a fresh log and keeps the one of the run before, which tells how that run ended. */
function openLog(stateDir: string, name: ServerName): string {
  const dir = join(stateDir, 'logs');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, `${name}.log`);
  if (existsSync(path)) renameSync(path, join(dir, `${name}.previous.log`));
  closeSync(openSync(path, 'a'));
  return path;
}

function tail(log: string): string {
  return log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
