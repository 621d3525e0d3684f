/**
 * What is looked up within one turn of the event loop goes to Redis in one call: a command each costs the client more than
 * Redis. What is to be kept goes a moment later, together, since nobody waits for it and a look-up behind it would; only one
 * that asks for it has it sent along, in front. A call that fails, fails for all that were in it; an answer that Redis does
 * not take, alone.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** KEYS: what is kept, then what is looked up. ARGV: how many are kept, the last byte of a look-up, then value and seconds of each kept. */
const TURN = `
local replies, keeps = {}, tonumber(ARGV[1])
for i = 1, keeps do
  replies[i] = redis.pcall('SET', KEYS[i], ARGV[2 * i + 1], 'EX', ARGV[2 * i + 2]).err and 0 or 1
end
for i = keeps + 1, #KEYS do
  local start = redis.pcall('GETRANGE', KEYS[i], 0, ARGV[2])
  replies[i] = type(start) == 'string' and start or ''
end
return replies`;
const SHA = createHash('sha1').update(TURN).digest('hex');

/** Redis holds up everyone while a script runs. */
const MOST_AT_ONCE = 50;
/** How long what is to be kept waits for more of it. */
const GATHER_MS = 10;

interface LookUp {
  readonly key: string;
  readonly resolve: (start: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

interface Keep {
  readonly key: string;
  readonly value: Buffer;
  readonly seconds: number;
  readonly resolve: (isKept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export class GatheredCommands {
  #lookUps: LookUp[] = [];
  #keeps: Keep[] = [];
  /** What is to be kept and has not been sent yet. */
  readonly #unsent = new Set<string>();
  #later: NodeJS.Timeout | undefined;

  /** Look-ups read so many bytes from the beginning of a value. */
  constructor(
    private readonly redis: Redis,
    private readonly startBytes: number,
  ) {}

  /** The beginning of the value under a key; empty where there is none. */
  lookUp(key: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#lookUps.length === 0) setImmediate(() => this.#sendLookUps());
      this.#lookUps.push({ key, resolve, reject });
    });
  }

  /** Keeps a value; false where Redis does not take it. */
  keep(key: string, value: Buffer, seconds: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      // Left running when its answers have gone before: to stop and start it for each would cost more than to find none.
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.#send([], this.#takeKeeps());
      }, GATHER_MS);
      this.#keeps.push({ key, value, seconds, resolve, reject });
      this.#unsent.add(key);
    });
  }

  #sendLookUps(): void {
    const lookUps = this.#lookUps;
    this.#lookUps = [];
    this.#send(lookUps, lookUps.some(({ key }) => this.#unsent.has(key)) ? this.#takeKeeps() : []);
  }

  #takeKeeps(): readonly Keep[] {
    const keeps = this.#keeps;
    this.#keeps = [];
    this.#unsent.clear();
    return keeps;
  }

  #send(lookUps: readonly LookUp[], keeps: readonly Keep[]): void {
    for (let from = 0; from < Math.max(lookUps.length, keeps.length); from += MOST_AT_ONCE) {
      void this.#settle(lookUps.slice(from, from + MOST_AT_ONCE), keeps.slice(from, from + MOST_AT_ONCE));
    }
  }

  async #settle(lookUps: readonly LookUp[], keeps: readonly Keep[]): Promise<void> {
    try {
      const keys = [...keeps, ...lookUps].map(({ key }) => key);
      const args = keeps.flatMap(({ value, seconds }) => [value, seconds]);
      const replies = await this.#run(keys, [keeps.length, this.startBytes - 1, ...args]);
      if (!Array.isArray(replies)) throw new TypeError('Redis gave no list');
      keeps.forEach(({ resolve }, index) => resolve(replies[index] === 1));
      lookUps.forEach(({ resolve }, index) => resolve(replies[keeps.length + index] as Buffer));
    } catch (error) {
      for (const { reject } of lookUps) reject(error);
      for (const { reject } of keeps) reject(error);
    }
  }

  /** By its hash, and by its text where this Redis has not seen it since its start. */
  async #run(keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await this.redis.callBuffer('EVALSHA', [SHA, keys.length, ...keys, ...args]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.redis.callBuffer('EVAL', [TURN, keys.length, ...keys, ...args]);
    }
  }
}
