// Real NATS, Redis and PostgreSQL, a conductor of our own, and the jobs room beside it, for specs.
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import type { SkeinError } from '@skein/contracts/errors';
import { CancelJob, GetJob, ListJobs, SubmitJob, type JobSubmission, type JobView } from '@skein/contracts/jobs';
import { launchNats, launchPostgres, launchRedis } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { jobsRoom } from '../src/index.js';
import { startConductor } from './conductor.js';

export const chat = (content = 'hi') => ({ model: 'auto', messages: [{ role: 'user', content }] });

export async function startJobsMesh() {
  const [nats, redis, postgres] = await Promise.all([
    launchNats({ ephemeral: true }),
    launchRedis({ ephemeral: true }),
    launchPostgres({ ephemeral: true }),
  ]);
  const logger = createLogger('spec', 'silent');
  const bus: NatsBus = await connectBus({
    url: nats.meshUrl,
    instance: 'spec',
    rooms: ['orchestrator'],
    local: 'never',
    logger,
  });
  const conductor = startConductor(bus);
  const rooms = new Set<RunningRooms>();
  const context = () => ({ requestId: 'spec', deadline: performance.now() + 30_000 });

  const submit = ({
    tenant = 'acme',
    key = null,
    ...change
  }: Partial<JobSubmission> & { tenant?: string; key?: string | null } = {}) =>
    bus.call(
      SubmitJob,
      {
        caller: { tenant, project: null, key_id: 'k', user: null, cost_center: null },
        submission: { endpoint: '/v1/chat/completions', body: chat(), ...change },
        idempotency_key: key,
      },
      context(),
    );
  const get = (id: string, tenant = 'acme') => bus.call(GetJob, { tenant, id }, context());
  const cancel = (id: string, tenant = 'acme', instance?: string) =>
    bus.call(CancelJob, { tenant, id }, context(), { instance });
  const list = (
    asked: { status?: JobView['status']; reason?: string; limit?: number; after?: string; tenant?: string } = {},
  ) =>
    bus.call(
      ListJobs,
      {
        tenant: asked.tenant ?? 'acme',
        status: asked.status ?? null,
        endpoint: null,
        reason: asked.reason ?? null,
        created_after: null,
        created_before: null,
        limit: asked.limit ?? 100,
        after: asked.after ?? null,
      },
      context(),
    );

  return {
    nats,
    redis,
    postgres,
    bus,
    conductor,
    submit,
    get,
    cancel,
    list,
    /** Asks again until the job is as far as that; the spec's own time-out ends it. */
    async until(
      id: string,
      isThere: JobView['status'] | ((job: JobView) => boolean),
      tenant = 'acme',
    ): Promise<JobView> {
      for (;;) {
        const job = await get(id, tenant);
        if (typeof isThere === 'string' ? job.status === isThere : isThere(job)) return job;
      }
    },
    async startRoom(settings: Record<string, string> = {}): Promise<RunningRooms> {
      const room = await startRooms([{ room: jobsRoom }], {
        NATS_URL: nats.meshUrl,
        REDIS_URL: redis.url,
        DATABASE_URL: postgres.url,
        LOG_LEVEL: 'silent',
        SHUTDOWN_GRACE_MS: '100',
        JOBS_LEASE_MS: '2000',
        JOBS_RECONCILE_MS: '100',
        JOBS_RECHECK_MS: '500',
        ...settings,
      });
      rooms.add(room);
      // A subscription reaches the server a moment after it was made.
      while ((await refusalOf(get('nobody'))) === 'no_responders');
      return room;
    },
    instances: (): string[] => [...rooms].map((room) => room.bus.instance),
    async stopRooms(): Promise<void> {
      for (const room of rooms) await room.stop();
      rooms.clear();
    },
    /** Stops every room but this one. */
    async stopAllBut(kept: RunningRooms): Promise<void> {
      for (const room of [...rooms].filter((room) => room !== kept)) {
        await room.stop();
        rooms.delete(room);
      }
    },
    async stop(): Promise<void> {
      await this.stopRooms();
      await bus.drain(100);
      await Promise.all([nats.stop(), redis.stop(), postgres.stop()]);
    },
  };
}
export type JobsMesh = Awaited<ReturnType<typeof startJobsMesh>>;

/** The code with which a call was refused; `none` when it was not. */
export const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    (error: SkeinError) => error.code,
  );
