import { Inject, Injectable } from '@nestjs/common';
import { askStore, inTransaction } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import type { QueueEntry } from '../job.js';
import { JOBS_STORE } from '../jobs.repository.js';
import { move } from '../moves.repository.js';
import { USE_HALF_LIFE_MS, dealOut, fadeUse, type DealtJob, type WaitingJob, type WaitingTenant } from './deal-out.js';
import type { HeldTargets } from './held-targets.js';

/** A runner that has not beaten for so long has no slots. */
const RUNNER_SILENCE_MS = 5_000;
/** Dealt out beyond the free slots, as a share of all slots: what is begun while the dispatcher looks again. */
const AHEAD = 0.5;
/** What a job is taken to need until its tenant has shown better, seconds. */
const UNKNOWN_JOB_SECONDS = 1;
const EXPERIENCE_WEIGHT = 0.2;
const RELEASE_BATCH = 500;
/** Milliseconds, negative where one is due; null where none is scheduled. */
const UNTIL_NEXT_DUE = `SELECT extract(epoch FROM min(not_before) - now()) * 1000 AS ms FROM jobs WHERE status = 'scheduled'`;

export interface Dealt {
  /** Another replica is at it. */
  readonly isBusy: boolean;
  readonly jobs: number;
  /** Until the next scheduled job is due, ms; null when there is none. */
  readonly nextDueMs: number | null;
}

interface Bounds {
  readonly concurrency: number | null;
  readonly perMinute: number | null;
  readonly weight: number;
}
const UNBOUND: Bounds = { concurrency: null, perMinute: null, weight: 1 };

/** How the queue is dealt out: rows in, entries out, under one lock for all replicas. */
@Injectable()
export class DispatchRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** A runner says that it is there, and how much it can run at once. */
  async beat(instance: string, slots: number): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO job_runners (instance, slots) VALUES ($1, $2)
         ON CONFLICT (instance) DO UPDATE SET slots = EXCLUDED.slots, beat_at = now()`,
        [instance, slots],
      ),
    );
  }

  /** A runner is closing: its slots count no longer. */
  async leave(instance: string): Promise<void> {
    await askStore(() => this.store.query('DELETE FROM job_runners WHERE instance = $1', [instance]));
  }

  /**
   * Releases what is due and deals free slots out. `put` brings entries to the queue inside the transaction: when it
   * throws, nothing was dealt out; what arrived all the same is run once, as any entry is.
   */
  async deal(held: HeldTargets, put: (entries: readonly QueueEntry[]) => Promise<void>): Promise<Dealt> {
    const look = await this.#look();
    if (!look.isDue) return { isBusy: false, jobs: 0, nextDueMs: look.nextDueMs };
    return inTransaction(this.store, async (manager) => {
      const [lock] = await manager.query<{ mine: boolean }[]>(
        `SELECT pg_try_advisory_xact_lock(hashtext('skein jobs dispatch'), hashtext(current_schema())) AS mine`,
      );
      if (lock?.mine !== true) return { isBusy: true, jobs: 0, nextDueMs: null };
      await move(
        manager,
        'release',
        `id IN (SELECT id FROM jobs WHERE status = 'scheduled' AND not_before <= now() ORDER BY not_before
         LIMIT ${RELEASE_BATCH} FOR UPDATE SKIP LOCKED)`,
        [],
      );
      const dealt = held.everything ? [] : await this.#choose(manager, held);
      if (dealt.length > 0) {
        const entries = await mark(manager, dealt);
        await charge(manager, dealt);
        await put(entries);
      }
      return { isBusy: false, jobs: dealt.length, nextDueMs: await nextDue(manager) };
    });
  }

  /** What was dealt out so long ago and not begun: should the queue have lost it, it is put there again. */
  async dealtBefore(ms: number): Promise<QueueEntry[]> {
    return askStore(() =>
      this.store.query<QueueEntry[]>(
        `SELECT id, epoch + 1 AS epoch, 1 AS rank, traceparent FROM jobs
         WHERE dispatched_at < now() - $1 * interval '1 millisecond' AND status = 'queued' ORDER BY dispatched_at LIMIT 1000`,
        [ms],
      ),
    );
  }

  /** A run took so long: what a job of this tenant is expected to need. */
  async learn(tenant: string, seconds: number): Promise<void> {
    await askStore(() =>
      this.store.query(
        `INSERT INTO job_shares (tenant, job_seconds) VALUES ($1, $2)
         ON CONFLICT (tenant) DO UPDATE SET job_seconds = coalesce(job_shares.job_seconds * (1 - $3::float8), $2) + CASE WHEN job_shares.job_seconds IS NULL THEN 0 ELSE $2 * $3::float8 END`,
        [tenant, seconds, EXPERIENCE_WEIGHT],
      ),
    );
  }

  /** Most looks find nothing, and an idle room looks for ever: one statement says so instead of a transaction of twelve. */
  async #look(): Promise<{ isDue: boolean; nextDueMs: number | null }> {
    const [seen] = await askStore(() =>
      this.store.query<{ waits: boolean; ms: string | null }[]>(
        `SELECT EXISTS (SELECT FROM jobs WHERE status = 'queued' AND dispatched_at IS NULL) AS waits,
           (${UNTIL_NEXT_DUE}) AS ms`,
      ),
    );
    const nextDueMs = seen?.ms == null ? null : Math.ceil(Number(seen.ms));
    return { isDue: seen?.waits === true || (nextDueMs !== null && nextDueMs <= 0), nextDueMs };
  }

  async #choose(manager: EntityManager, held: HeldTargets): Promise<DealtJob[]> {
    const inFlight = await countInFlight(manager);
    const [runners] = await manager.query<{ slots: string }[]>(
      `SELECT coalesce(sum(slots), 0) AS slots FROM job_runners WHERE beat_at > now() - $1 * interval '1 millisecond'`,
      [RUNNER_SILENCE_MS],
    );
    const slots = Number(runners?.slots ?? 0);
    const taken = inFlight.reduce((sum, { count }) => sum + count, 0);
    const free = Math.ceil(slots * (1 + AHEAD)) - taken;
    if (free <= 0) return [];
    const bounds = await readBounds(manager);
    const vendorRoom = await roomOfVendors(manager, bounds.vendors, inFlight);
    const full = [...vendorRoom].filter(([, room]) => room <= 0).map(([vendor]) => vendor);
    const lines = await readLines(manager, free, held.targets, full);
    const lately = await begunLately(manager, [...lines.keys()], bounds.tenants);
    const shares = await readShares(manager, [...lines.keys()]);
    const tenants = [...lines].map(([tenant, waiting]): WaitingTenant => {
      const { concurrency, perMinute, weight } = bounds.tenants.get(tenant) ?? bounds.tenants.get('*') ?? UNBOUND;
      const running = inFlight.reduce((sum, each) => sum + (each.tenant === tenant ? each.count : 0), 0);
      const room = Math.min(
        concurrency === null ? free : concurrency - running,
        perMinute === null ? free : perMinute - (lately.get(tenant) ?? 0),
      );
      return { tenant, waiting, weight, room, ...(shares.get(tenant) ?? NEWCOMER) };
    });
    const [last] = await manager.query<{ turn: string | null }[]>('SELECT max(last_turn) AS turn FROM job_shares');
    return dealOut(tenants, free, vendorRoom, Number(last?.turn ?? 0));
  }
}

const NEWCOMER = { usedSeconds: 0, jobSeconds: UNKNOWN_JOB_SECONDS, lastTurn: 0 };

interface InFlight {
  readonly tenant: string;
  readonly vendor: string | null;
  readonly count: number;
}

async function countInFlight(manager: EntityManager): Promise<InFlight[]> {
  const rows = await manager.query<{ tenant: string; vendor: string | null; count: string }[]>(
    'SELECT tenant, vendor, count(*) FROM jobs WHERE dispatched_at IS NOT NULL GROUP BY tenant, vendor',
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

async function readBounds(manager: EntityManager) {
  const rows = await manager.query<(Bounds & { scope: 'tenant' | 'vendor'; name: string })[]>(
    'SELECT scope, name, concurrency, per_minute AS "perMinute", weight FROM job_limits',
  );
  const of = (asked: string): Map<string, Bounds> =>
    new Map(rows.filter(({ scope }) => scope === asked).map(({ name, ...bounds }) => [name, bounds]));
  return { tenants: of('tenant'), vendors: of('vendor') };
}

async function roomOfVendors(
  manager: EntityManager,
  bounds: ReadonlyMap<string, Bounds>,
  inFlight: readonly InFlight[],
): Promise<Map<string, number>> {
  const begun = await begunBy(
    manager,
    'vendor',
    [...bounds].filter(([, each]) => each.perMinute !== null).map(([name]) => name),
  );
  return new Map(
    [...bounds].map(([vendor, { concurrency, perMinute }]) => {
      const running = inFlight.reduce((sum, each) => sum + (each.vendor === vendor ? each.count : 0), 0);
      return [
        vendor,
        Math.min(
          concurrency === null ? Infinity : concurrency - running,
          perMinute === null ? Infinity : perMinute - (begun.get(vendor) ?? 0),
        ),
      ];
    }),
  );
}

/** Runs dealt out or begun within the last minute, of tenants that have a rate. */
function begunLately(
  manager: EntityManager,
  tenants: readonly string[],
  bounds: ReadonlyMap<string, Bounds>,
): Promise<Map<string, number>> {
  const rated = tenants.filter((tenant) => (bounds.get(tenant) ?? bounds.get('*') ?? UNBOUND).perMinute !== null);
  return begunBy(manager, 'tenant', rated);
}

async function begunBy(
  manager: EntityManager,
  column: 'tenant' | 'vendor',
  names: readonly string[],
): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  const rows = await manager.query<{ name: string; count: string }[]>(
    `SELECT name, sum(count) AS count FROM (
       SELECT ${column} AS name, count(*) AS count FROM job_runs r JOIN jobs j ON j.id = r.job_id
       WHERE r.started_at > now() - interval '1 minute' AND ${column} = ANY($1::text[]) GROUP BY ${column}
       UNION ALL
       SELECT ${column} AS name, count(*) AS count FROM jobs
       WHERE dispatched_at IS NOT NULL AND status = 'queued' AND ${column} = ANY($1::text[]) GROUP BY ${column}
     ) AS each GROUP BY name`,
    [names],
  );
  return new Map(rows.map(({ name, count }) => [name, Number(count)]));
}

/** The head of each tenant's line, without jobs that would wait for a circuit or a full vendor. */
async function readLines(
  manager: EntityManager,
  most: number,
  held: readonly string[],
  fullVendors: readonly string[],
): Promise<Map<string, WaitingJob[]>> {
  const open = `status = 'queued' AND dispatched_at IS NULL`;
  const rows = await manager.query<{ tenant: string; id: string; vendor: string | null }[]>(
    `WITH RECURSIVE tenants AS (
       (SELECT tenant FROM jobs WHERE ${open} ORDER BY tenant LIMIT 1)
       UNION ALL
       SELECT (SELECT tenant FROM jobs WHERE ${open} AND tenant > before.tenant ORDER BY tenant LIMIT 1)
       FROM tenants AS before WHERE before.tenant IS NOT NULL
     )
     SELECT head.tenant, head.id, head.vendor FROM tenants CROSS JOIN LATERAL (
       SELECT tenant, id, vendor FROM jobs
       WHERE ${open} AND tenant = tenants.tenant
         AND (target IS NULL OR target <> ALL($2::text[])) AND (vendor IS NULL OR vendor <> ALL($3::text[]))
       ORDER BY place, id LIMIT $1 FOR UPDATE SKIP LOCKED
     ) AS head`,
    [most, held, fullVendors],
  );
  const lines = new Map<string, WaitingJob[]>();
  for (const { tenant, id, vendor } of rows) {
    const line = lines.get(tenant);
    if (line === undefined) lines.set(tenant, [{ id, vendor }]);
    else line.push({ id, vendor });
  }
  return lines;
}

async function readShares(manager: EntityManager, tenants: readonly string[]) {
  const rows = await manager.query<
    { tenant: string; used: number; elapsed_ms: string; job_seconds: number | null; last_turn: string }[]
  >(
    `SELECT tenant, used_seconds AS used, extract(epoch FROM now() - used_at) * 1000 AS elapsed_ms, job_seconds, last_turn
     FROM job_shares WHERE tenant = ANY($1::text[])`,
    [tenants],
  );
  return new Map(
    rows.map(({ tenant, used, elapsed_ms, job_seconds, last_turn }) => [
      tenant,
      {
        usedSeconds: fadeUse(used, Number(elapsed_ms)),
        jobSeconds: job_seconds ?? UNKNOWN_JOB_SECONDS,
        lastTurn: Number(last_turn),
      },
    ]),
  );
}

/** Writes down that they are in the queue: an entry each, for the run to come. */
async function mark(manager: EntityManager, dealt: readonly DealtJob[]): Promise<QueueEntry[]> {
  const rows = await manager.query<{ id: string; epoch: number; traceparent: string | null }[]>(
    `WITH marked AS (
       UPDATE jobs SET dispatched_at = now() WHERE id = ANY($1::text[]) RETURNING id, epoch + 1 AS epoch, traceparent
     ) SELECT * FROM marked`,
    [dealt.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return dealt.flatMap(({ id, rank }) => {
    const row = byId.get(id);
    return row === undefined ? [] : [{ ...row, rank }];
  });
}

/** Puts the turns on the tenants' accounts. */
async function charge(manager: EntityManager, dealt: readonly DealtJob[]): Promise<void> {
  const turns = new Map<string, { count: number; last: number }>();
  for (const { tenant, turn } of dealt) turns.set(tenant, { count: (turns.get(tenant)?.count ?? 0) + 1, last: turn });
  await manager.query(
    `INSERT INTO job_shares AS share (tenant, used_seconds, last_turn)
     SELECT tenant, count * $4::float8, last FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS each (tenant, count, last)
     ON CONFLICT (tenant) DO UPDATE SET
       used_seconds = share.used_seconds * 0.5 ^ (extract(epoch FROM now() - share.used_at) * 1000 / $5::float8)
         + EXCLUDED.used_seconds / $4::float8 * coalesce(share.job_seconds, $4::float8),
       used_at = now(), last_turn = EXCLUDED.last_turn`,
    [
      [...turns.keys()],
      [...turns.values()].map(({ count }) => count),
      [...turns.values()].map(({ last }) => last),
      UNKNOWN_JOB_SECONDS,
      USE_HALF_LIFE_MS,
    ],
  );
}

async function nextDue(manager: EntityManager): Promise<number | null> {
  const [row] = await manager.query<{ ms: string | null }[]>(UNTIL_NEXT_DUE);
  return row?.ms == null ? null : Math.max(0, Math.ceil(Number(row.ms)));
}
