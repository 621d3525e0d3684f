// When JetStream's disk is full nats-server does not come back by itself, however much room there is later: 2.9 locks itself
// up in the write that failed, newer ones switch JetStream off until they are restarted. So whoever runs one has to.
import { statfsSync } from 'node:fs';
import { talkTo } from './talk.js';
import type { LaunchedServer, Progress } from './types.js';

const LOOK_EVERY_MS = 5_000;
const PATIENCE_MS = 5_000;
/** Silent so many times in a row: not merely busy. */
const SILENT_TIMES = 3;
/** With less room than this the next write would stop it again. */
const ROOM_BYTES = 16 * 1024 * 1024;

export interface KeptJetStream {
  readonly server: Pick<LaunchedServer, 'port' | 'pid' | 'kill' | 'start' | 'logFile'>;
  /** The login of the account that has streams. */
  readonly login: { readonly user: string; readonly pass: string };
  readonly storeDir: string;
  /** It was frozen on purpose: whoever did that knows. */
  readonly isPaused: () => boolean;
  readonly say: Progress;
  /** How often it is asked for a sign of life, ms, and how long one is waited for. */
  readonly everyMs?: number;
  readonly patienceMs?: number;
}

/** Restarts the server when its JetStream has stopped and there is room for it to go on. Returns the way to stop watching. */
export function keepJetStream(kept: KeptJetStream): () => void {
  let silent = 0;
  let looking = false;
  let isOver = false;
  const look = async (): Promise<void> => {
    if (kept.server.pid === undefined || kept.isPaused()) return void (silent = 0);
    silent = (await answers(kept)) ? 0 : silent + 1;
    if (isOver || silent < SILENT_TIMES || kept.isPaused() || kept.server.pid === undefined) return;
    if (!hasRoom(kept.storeDir)) return;
    kept.say(
      `nats: JetStream has stopped, most likely for want of room on its disk; restarting it (${kept.server.logFile})`,
    );
    silent = 0;
    await kept.server.kill();
    if (!isOver) await kept.server.start();
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch((error: unknown) => kept.say(`nats: it could not be restarted: ${String(error)}`))
      .finally(() => (looking = false));
  }, kept.everyMs ?? LOOK_EVERY_MS).unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

/** Does JetStream say what streams it has? It cannot while one of them is locked, or while it is switched off. */
async function answers({ server, login, patienceMs = PATIENCE_MS }: KeptJetStream): Promise<boolean> {
  const inbox = '_INBOX.skein-keeper';
  const heard = await talkTo(
    server.port,
    `CONNECT ${JSON.stringify({ ...login, verbose: false, pedantic: false, name: 'skein keeper' })}\r\n` +
      `SUB ${inbox} 1\r\nPUB $JS.API.STREAM.LIST ${inbox} 0\r\n\r\n`,
    /stream_list_response"/,
    patienceMs,
  );
  return heard.includes('stream_list_response"') && !heard.includes('"error":{');
}

function hasRoom(dir: string): boolean {
  const { bavail, bsize } = statfsSync(dir);
  return Number(bavail) * Number(bsize) >= ROOM_BYTES;
}
