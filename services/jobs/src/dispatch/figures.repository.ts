import { Inject, Injectable } from '@nestjs/common';
import { askStore } from '@skein/store';
import type { DataSource } from 'typeorm';
import type { Job } from '../job.js';
import { JOBS_STORE } from '../jobs.repository.js';

/** The drain rate is that of so many minutes. */
const LATELY_MINUTES = 2;
/** Figures are asked for by everyone who looks at a waiting job; so old is new enough, ms. */
const FRESH_MS = 1_000;
const KEPT_TENANTS = 1_000;

export interface QueueFigures {
  readonly queued: number;
  readonly scheduled: number;
  readonly running: number;
  readonly deadLetters: number;
  readonly drainPerSecond: number;
  readonly slots: number;
  readonly busy: number;
}

/** How long until `ahead` jobs have begun, ms, at this rate; null when nobody can tell. */
export function estimateWaitMs(
  ahead: number,
  { drainPerSecond, slots, busy, queued }: Pick<QueueFigures, 'drainPerSecond' | 'slots' | 'busy' | 'queued'>,
): number | null {
  if (queued === 0 && busy < slots) return 0;
  return drainPerSecond > 0 ? Math.round(((ahead + 1) / drainPerSecond) * 1_000) : null;
}

/** How the queue of a tenant stands, and what may be expected of it. */
@Injectable()
export class QueueFigureBook {
  readonly #kept = new Map<string, { at: number; figures: Promise<QueueFigures> }>();

  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  of(tenant: string): Promise<QueueFigures> {
    const now = performance.now();
    const kept = this.#kept.get(tenant);
    if (kept !== undefined && now - kept.at < FRESH_MS) return kept.figures;
    if (this.#kept.size >= KEPT_TENANTS) this.#kept.clear();
    const figures = this.#read(tenant);
    this.#kept.set(tenant, { at: now, figures });
    figures.catch(() => this.#kept.delete(tenant));
    return figures;
  }

  /** When a waiting job is expected to begin; null for one that does not wait, or when nobody can tell. */
  async startOf(job: Job, now: Date): Promise<Date | null> {
    if (job.status === 'scheduled') return job.notBefore;
    if (job.status !== 'queued') return null;
    const figures = await this.of(job.caller.tenant);
    const [line] = await askStore(() =>
      this.store.query<{ ahead: string }[]>(
        `SELECT count(*) AS ahead FROM (
           SELECT 1 FROM jobs WHERE tenant = $1 AND status = 'queued' AND dispatched_at IS NULL AND place < $2 LIMIT 100000
         ) AS before`,
        [job.caller.tenant, job.place],
      ),
    );
    const wait = estimateWaitMs(Number(line?.ahead ?? 0), figures);
    return wait === null ? null : new Date(now.getTime() + wait);
  }

  async #read(tenant: string): Promise<QueueFigures> {
    const [row] = await askStore(() =>
      this.store.query<Record<keyof QueueFigures, string>[]>(
        `SELECT
           (SELECT count(*) FROM jobs WHERE tenant = $1 AND status = 'queued') AS queued,
           (SELECT count(*) FROM jobs WHERE tenant = $1 AND status = 'scheduled') AS scheduled,
           (SELECT count(*) FROM jobs WHERE tenant = $1 AND status = 'running') AS running,
           (SELECT count(*) FROM jobs WHERE tenant = $1 AND status IN ('failed', 'expired')) AS "deadLetters",
           (SELECT count(*) / greatest(1, least($2 * 60, extract(epoch FROM now() - min(r.started_at))))
            FROM job_runs r JOIN jobs j ON j.id = r.job_id
            WHERE j.tenant = $1 AND r.started_at > now() - make_interval(mins => $2::integer)) AS "drainPerSecond",
           (SELECT coalesce(sum(slots), 0) FROM job_runners WHERE beat_at > now() - interval '5 seconds') AS slots,
           (SELECT count(*) FROM jobs WHERE status = 'running') AS busy`,
        [tenant, LATELY_MINUTES],
      ),
    );
    const read = (field: keyof QueueFigures): number => Number(row?.[field] ?? 0);
    return {
      queued: read('queued'),
      scheduled: read('scheduled'),
      running: read('running'),
      deadLetters: read('deadLetters'),
      drainPerSecond: read('drainPerSecond'),
      slots: read('slots'),
      busy: read('busy'),
    };
  }
}
