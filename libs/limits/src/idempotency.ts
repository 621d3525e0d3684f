/**
 * Idempotency keys of synchronous calls: a key is claimed by one owner, who keeps what it answered under it. Claims are
 * leases that this process renews, so that the claim of a dead gateway ends by itself; answers stay for a day.
 */
import { randomUUID } from 'node:crypto';
import { SkeinError } from '@skein/contracts/errors';
import type { Logger } from '@skein/telemetry';
import { connectFailFast, runScript, script, settled } from './redis.js';

const LEASE_MS = 10_000;
const RENEWALS_PER_LEASE = 4;
const KEPT_MS = 24 * 3_600_000;
const RETRY_AFTER_MS = 1_000;

const CLAIM = script(`
local known = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if not known[1] then
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fingerprint', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'yours'}
end
if known[1] ~= ARGV[2] then return {'other'} end
if known[2] then return {'answered', known[2]} end
return {'busy'}`);

const RENEW_CLAIM = script(`
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`);

const KEEP = script(`
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
if not owner and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[2], 'answer', ARGV[3])
redis.call('HDEL', KEYS[1], 'owner')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`);

const RELEASE = script(`
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`);

/** What came of claiming a key. */
export type IdempotencyClaim =
  | { readonly is: 'yours'; readonly claim: HeldKey }
  /** The same request has its answer. */
  | { readonly is: 'answered'; readonly answer: string }
  /** The same request has none yet. */
  | { readonly is: 'busy' }
  /** Another request has the key. */
  | { readonly is: 'other' };

/** A key in the hands of its owner, who says once what came of it. Neither rejects: the answer matters more. */
export interface HeldKey {
  /** From now on, and for a day, this is what the key's request is answered with. */
  keep(answer: string): Promise<void>;
  /** There is nothing to repeat: the key is free again. */
  release(): Promise<void>;
}

export interface IdempotencyBook {
  /** Claims a key of a tenant for a request. Throws `unavailable` while Redis is away: a promise that cannot be kept is not given. */
  claim(tenant: string, key: string, fingerprint: string): Promise<IdempotencyClaim>;
  close(): void;
}

interface Held {
  readonly redisKey: string;
  readonly owner: string;
}

/** Opens the book; resolves when Redis has answered, or has not within two seconds. Never throws. */
export async function openIdempotencyBook({
  url,
  logger,
}: {
  readonly url: string;
  readonly logger: Logger;
}): Promise<IdempotencyBook> {
  let isOut = false;
  const client = connectFailFast(url, (error) => {
    if (!isOut) logger.warn({ err: error }, 'the book of idempotency keys is away');
    isOut = true;
  });
  client.on('ready', () => (isOut = false));
  const held = new Set<Held>();
  const note = (error: unknown): void => logger.warn({ err: error }, 'an idempotency key was not written down');
  const renewal = setInterval(() => {
    for (const { redisKey, owner } of held)
      runScript(client, RENEW_CLAIM, [redisKey], [owner, LEASE_MS]).catch((error: unknown) =>
        logger.debug({ err: error }, 'a claim was not renewed'),
      );
  }, LEASE_MS / RENEWALS_PER_LEASE).unref();

  function hold(redisKey: string, owner: string, fingerprint: string): HeldKey {
    const mine: Held = { redisKey, owner };
    held.add(mine);
    return {
      keep: async (answer) => {
        held.delete(mine);
        await runScript(client, KEEP, [redisKey], [owner, fingerprint, answer, KEPT_MS]).catch(note);
      },
      release: async () => {
        held.delete(mine);
        await runScript(client, RELEASE, [redisKey], [owner]).catch(note);
      },
    };
  }

  await settled(client);
  return {
    claim: async (tenant, key, fingerprint) => {
      const redisKey = `skein-idempotency:${tenant}:${key}`;
      const owner = randomUUID();
      const [is, answer] = (await runScript(client, CLAIM, [redisKey], [owner, fingerprint, LEASE_MS]).catch(
        (error: unknown) => {
          throw new SkeinError('unavailable', 'Idempotency keys cannot be looked up at the moment', {
            retryAfterMs: RETRY_AFTER_MS,
            cause: error,
          });
        },
      )) as [IdempotencyClaim['is'], string?];
      if (is === 'yours') return { is, claim: hold(redisKey, owner, fingerprint) };
      return is === 'answered' ? { is, answer: answer ?? '' } : { is };
    },
    close: () => {
      clearInterval(renewal);
      client.disconnect();
    },
  };
}
