/**
 * What is looked up and kept within one turn of the event loop goes to Redis in one call: a command each costs the client
 * more than Redis. A call that fails, fails for all that were in it; an answer that Redis does not take, alone.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** KEYS: what is looked up, then what is kept. ARGV: how many are looked up, their last byte, then value and seconds of each. */
const TURN = `
local replies, lookUps = {}, tonumber(ARGV[1])
for i = 1, lookUps do
  local start = redis.pcall('GETRANGE', KEYS[i], 0, ARGV[2])
  replies[i] = type(start) == 'string' and start or ''
end
for i = lookUps + 1, #KEYS do
  local arg = 2 * (i - lookUps) + 1
  replies[i] = redis.pcall('SET', KEYS[i], ARGV[arg], 'EX', ARGV[arg + 1]).err and 0 or 1
end
return replies`;
const SHA = createHash('sha1').update(TURN).digest('hex');

/** Redis holds up everyone while a script runs. */
const MOST_AT_ONCE = 50;

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

  /** Look-ups read so many bytes from the beginning of a value. */
  constructor(
    private readonly redis: Redis,
    private readonly startBytes: number,
  ) {}

  /** The beginning of the value under a key; empty where there is none. */
  lookUp(key: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#expectTurn();
      this.#lookUps.push({ key, resolve, reject });
    });
  }

  /** Keeps a value; false where Redis does not take it. */
  keep(key: string, value: Buffer, seconds: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#expectTurn();
      this.#keeps.push({ key, value, seconds, resolve, reject });
    });
  }

  #expectTurn(): void {
    if (this.#lookUps.length === 0 && this.#keeps.length === 0) setImmediate(() => this.#turn());
  }

  #turn(): void {
    const [lookUps, keeps] = [this.#lookUps, this.#keeps];
    this.#lookUps = [];
    this.#keeps = [];
    for (let from = 0; from < Math.max(lookUps.length, keeps.length); from += MOST_AT_ONCE) {
      void this.#settle(lookUps.slice(from, from + MOST_AT_ONCE), keeps.slice(from, from + MOST_AT_ONCE));
    }
  }

  async #settle(lookUps: readonly LookUp[], keeps: readonly Keep[]): Promise<void> {
    try {
      const keys = [...lookUps, ...keeps].map(({ key }) => key);
      const args = keeps.flatMap(({ value, seconds }) => [value, seconds]);
      const replies = await this.#run(keys, [lookUps.length, this.startBytes - 1, ...args]);
      if (!Array.isArray(replies)) throw new TypeError('Redis gave no list');
      lookUps.forEach(({ resolve }, index) => resolve(replies[index] as Buffer));
      keeps.forEach(({ resolve }, index) => resolve(replies[lookUps.length + index] === 1));
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
