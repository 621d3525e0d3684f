// `npm run chaos:jobs`: thousands of jobs while every room is killed, in turn and at random, and Redis and PostgreSQL restart.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually, misbehave, type JobAnswer, type Mesh } from '@skein/testkit';
import { eachOf } from './each-of.js';
import { fairTenants, measureFairShare } from './fair-share.js';
import { killRoom, setStage, untilWell, type Stage } from './stage.js';

const rooms = [
  'jobs',
  'orchestrator',
  'provider-workers/openai',
  'gateway',
  'router',
  'classifier',
  'cache',
  'health',
  'billing',
  'records',
  'workflows',
];
const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
const BETWEEN_KILLS_MS = 1_500;
const SUBMITTERS = 16;
const READERS = 32;
const PATIENCE_MS = 30 * 60_000;
const BACK_WITHIN_MS = 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Asks until there is an answer: a customer who wants it done. Doors that are away are knocked at again. */
async function insist<Answer>(ask: () => Promise<Answer | null>): Promise<Answer> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    const answer = await ask().catch(() => null);
    if (answer !== null) return answer;
    await pause(100);
  }
  throw new Error('no answer within half an hour');
}

function submitAll(mesh: Mesh, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return eachOf(numbers, SUBMITTERS, (index) => {
    const key = randomUUID();
    const content = `${misbehave({ latency: 100 })} What is ${index} + 1?`;
    const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }] };
    return insist(async () => {
      const submission = { endpoint: '/v1/chat/completions', body };
      const { status, json } = await mesh.http.post<JobAnswer>('/v1/jobs', submission, { 'idempotency-key': key });
      return status === 200 || status === 202 ? json.id : null;
    });
  });
}

interface Killings {
  readonly byRoom: Map<string, number>;
  stop(): Promise<void>;
}

async function answers(mesh: Mesh, room: string): Promise<void> {
  const name = room.replace('provider-workers/', 'provider-');
  if ((await mesh.serversOf(name)) === 0) throw new Error(`${room} is not back`);
}

/** Kills each room in turn, then rooms at random; in between Redis and PostgreSQL restart, once each. */
function beginKilling({ mesh, servers }: Stage): Killings {
  const byRoom = new Map<string, number>();
  let isOver = false;
  const note = (name: string, count: number): void => void byRoom.set(name, (byRoom.get(name) ?? 0) + count);
  const kill = async (room: string): Promise<void> => {
    note(room, await killRoom(mesh, room));
    await pause(BETWEEN_KILLS_MS);
    // A room that is killed before it has come up again would be away, not killed.
    await eventually(() => answers(mesh, room), { withinMs: BACK_WITHIN_MS, everyMs: 250 }).catch(() => undefined);
  };
  const work = async (): Promise<void> => {
    for (const room of rooms) if (!isOver) await kill(room);
    for (const name of ['redis', 'postgres'] as const) {
      await servers.launched[name]?.restart();
      note(name, 1);
      await pause(BETWEEN_KILLS_MS);
    }
    while (!isOver) await kill(rooms[Math.floor(Math.random() * rooms.length)] ?? 'jobs');
  };
  const working = work();
  return {
    byRoom,
    stop: async () => {
      isOver = true;
      await working;
    },
  };
}

/** Reads a job until it has ended. */
function ended(mesh: Mesh, id: string): Promise<JobAnswer> {
  return insist(async () => {
    const { status, json } = await mesh.http.get<JobAnswer>(`/v1/jobs/${id}`);
    return status === 200 && ENDED.has(json.status) ? json : null;
  });
}

async function waitingIn(mesh: Mesh): Promise<number> {
  return insist(async () => {
    const { status, json } = await mesh.http.get<Record<'queued' | 'scheduled' | 'running', number>>('/v1/queue');
    return status === 200 ? json.queued + json.scheduled + json.running : null;
  });
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

async function runAll(count: number): Promise<boolean> {
  const stage = await setStage({ environment: { JOBS_CONCURRENCY: '32' }, config: fairTenants, say });
  try {
    const { mesh, books } = stage;
    const fair = await measureFairShare(mesh);
    // What is compared at the end is what comes from here on.
    const calm = await books.compare();
    const startedAt = performance.now();
    const killings = beginKilling(stage);
    const ids = await submitAll(mesh, count);
    say(`${ids.length} jobs accepted after ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    for (let left = await waitingIn(mesh); left > count / 10; left = await waitingIn(mesh)) await pause(1_000);
    await killings.stop();
    await untilWell(mesh);
    const jobs = await eachOf(ids, READERS, (id) => ended(mesh, id));
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const again = await eachOf(ids, READERS, (id) => ended(mesh, id));
    const comparison = await books.compare();

    const attempts = jobs.flatMap((job) => job.attempts);
    const unknown = attempts.filter(({ outcome }) => outcome === 'outcome_unknown');
    const fates = countOf(unknown.map(({ id }) => books.fateOf(id)));
    const isRight = (job: JobAnswer, index: number): boolean => {
      const answer = JSON.stringify(job.result);
      return (
        job.status === 'succeeded' &&
        answer.includes(String(index + 1)) &&
        answer === JSON.stringify(again[index]?.result)
      );
    };
    const right = jobs.filter(isRight).length;
    const distinct = new Set(attempts.map(({ id }) => id)).size;
    const rows: readonly [string, string | number][] = [
      ['jobs accepted', ids.length],
      ['distinct ids', new Set(ids).size],
      ['succeeded, with one result, the right one', right],
      ['ended otherwise', jobs.length - right],
      ['attempts of jobs', `${attempts.length} (${distinct} distinct)`],
      ['of unknown outcome, tried again', unknown.length],
      ...[...fates].map(([fate, times]): [string, number] => [`  ${fate}`, times]),
      ['served to the end by the vendors', comparison.served],
      ['postings in the ledger', `${comparison.posted} (${comparison.unknown} unknown)`],
      ['served and not posted, or posted and not served', comparison.drift + calm.drift],
      ['attempts a vendor served twice', comparison.servedTwice],
      ['killed', [...killings.byRoom].map(([room, times]) => `${room} ${times}`).join(', ')],
      ['seconds from the first to the last', seconds],
      [`before that: p95 wait of ${fair.own} jobs of a tenant alone, ms`, fair.aloneMs],
      [`… of as many beside ${fair.flood} jobs of another tenant, ms`, fair.besideMs],
    ];
    const width = Math.max(...rows.map(([name]) => name.length));
    say('');
    for (const [name, value] of rows) say(`| ${name.padEnd(width)} | ${value} |`);
    for (const stray of comparison.strays.slice(0, 20)) say(`stray: ${stray}`);
    return (
      right === ids.length &&
      distinct === attempts.length &&
      comparison.drift + calm.drift === 0 &&
      comparison.servedTwice === 0
    );
  } finally {
    await stage.strike();
  }
}

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '5000' } } });
const isWell = await runAll(Number(values.jobs));
say(isWell ? 'every job ended once, and the books agree' : 'something was lost: see the table');
process.exit(isWell ? 0 : 1);
