/** The caller of the parts that keep things. REDIS_URL and DATABASE_URL in the environment; everything in them is the bench's. */
import 'reflect-metadata';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { processEnvironment } from '@skein/config';
import { RunJob } from '@skein/contracts/jobs';
import { openQueue, openWorker } from '@skein/queue';
import { createLogger } from '@skein/telemetry';
import { answerKey } from '../../../../services/cache/dist/src/answer-key.js';
import { AnswerStore } from '../../../../services/cache/dist/src/answer-store.js';
import { toPosting } from '../../../../services/billing/dist/src/ledger/to-posting.js';
import { chatBody } from '../request.ts';
import { answerLaps, type Way } from './answer-laps.ts';
import { nextFact } from './attempt-fact.ts';
import { openLedger } from './open-ledger.ts';
import type { StoreWay } from './store-parts.ts';

const { REDIS_URL = '', DATABASE_URL = '' } = processEnvironment();
const logger = createLogger('bench', 'warn');
const redis = new Redis(REDIS_URL);
const answers = new AnswerStore(REDIS_URL, logger);
await answers.open();
const { ledger } = await openLedger(DATABASE_URL);

const address = new URL(REDIS_URL);
const connection = { host: address.hostname, port: Number(address.port), password: address.password };
const whenRun = new Map<string, () => void>();
const ran = (id: string): void => {
  whenRun.get(id)?.();
  whenRun.delete(id);
};
const CONCURRENCY = 64;
const plainQueue = new Queue('bench-plain', {
  connection,
  defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
});
const runPlain = (job: { data: { job_id: string } }): Promise<void> => Promise.resolve(ran(job.data.job_id));
const plainWorker = new Worker('bench-plain', runPlain, {
  connection: { ...connection, maxRetriesPerRequest: null },
  concurrency: CONCURRENCY,
});
const queue = openQueue(REDIS_URL, RunJob, { logger });
const runOurs = ({ job_id }: { job_id: string }): Promise<void> => Promise.resolve(ran(job_id));
const worker = openWorker(REDIS_URL, RunJob, runOurs, { concurrency: CONCURRENCY, logger });
await Promise.all([plainWorker.waitUntilReady(), worker.ready()]);

let counter = 0;
/** Resolves when a job that `add` puts in has been run. */
async function throughAQueue(add: (id: string) => Promise<unknown>): Promise<void> {
  counter += 1;
  const id = `job_${process.pid}_${counter}`;
  const done = new Promise<void>((resolve) => whenRun.set(id, resolve));
  await add(id);
  await done;
}

async function post(count: number): Promise<number> {
  const { posted } = await ledger.post(Array.from({ length: count }, () => toPosting(nextFact())));
  return posted;
}

const asked = { tenant: 'bench', vendor: 'openai', model: 'gpt-bench' };
const ways: Record<StoreWay, Way> = {
  'Redis GET of what is not there': async () => {
    counter += 1;
    await redis.getBuffer(`bench:${counter}`);
  },
  'exact look-up of what is not there: key and Redis': async () => {
    const body: unknown = JSON.parse(chatBody({ stream: false, pace: 'at once' }));
    await answers.lookUp(answerKey(asked, body));
  },
  'BullMQ: added → run': () => throughAQueue((id) => plainQueue.add('run', { job_id: id }, { jobId: id })),
  "Skein's queue: added → run": () => throughAQueue((id) => queue.add({ job_id: id }, { jobId: id })),
  'postings, one by one': () => post(1),
  'postings, 100 at once': () => post(100),
};
answerLaps(ways);
