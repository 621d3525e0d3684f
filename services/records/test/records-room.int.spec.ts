// The room as it runs: facts from JetStream in any order, and the record as a customer asks for it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { AttemptFinished, AttemptStarted } from '@skein/contracts/attempt';
import type { SkeinError } from '@skein/contracts/errors';
import { CompletionFinished } from '@skein/contracts/orchestrator';
import { GetRequest, type RequestRecord } from '@skein/contracts/records';
import { launchNats, launchPostgres, type LaunchedNats, type LaunchedPostgres } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { recordsRoom } from '../src/index.js';
import { attemptFinished, attemptStarted, completionFinished } from './fact-samples.js';

let nats: LaunchedNats;
let postgres: LaunchedPostgres;
let bus: NatsBus;
let room: RunningRooms | undefined;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([launchNats({ ephemeral: true }), launchPostgres({ ephemeral: true })]);
  bus = await connectBus({
    url: nats.meshUrl,
    instance: 'spec',
    rooms: [],
    local: 'never',
    logger: createLogger('spec', 'silent'),
  });
}, 120_000);

afterEach(async () => {
  await room?.stop();
  room = undefined;
});

afterAll(async () => {
  await bus?.drain(100);
  await Promise.all([nats?.stop(), postgres?.stop()]);
});

async function startRecords(): Promise<void> {
  room = await startRooms([{ room: recordsRoom }], {
    NATS_URL: nats.meshUrl,
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '100',
  });
  // A subscription reaches the server a moment after it was made.
  while ((await refusalOf(ask('nobody', 'acme', 50))) === 'no_responders');
}

const ask = (id: string, tenant = 'acme', withinMs = 10_000) =>
  bus.call(GetRequest, { tenant, id }, { requestId: 'spec', deadline: performance.now() + withinMs });

const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'none',
    (error: SkeinError) => error.code,
  );

/** Asks again until the record is as far as that; the spec's own time-out ends it. */
async function until(id: string, isThere: (record: RequestRecord) => boolean): Promise<RequestRecord> {
  for (;;) {
    const record = await ask(id);
    if (isThere(record)) return record;
  }
}

describe('the records of the room', () => {
  it('have a request as soon as its customer asks, also while its facts are on their way', async () => {
    await startRecords();
    const asked = ask('req_soon');
    await bus.state(AttemptStarted, attemptStarted({ request_id: 'req_soon', attempt_id: 'soon' }));
    await bus.state(AttemptFinished, attemptFinished({ request_id: 'req_soon', attempt_id: 'soon' }));
    await bus.state(CompletionFinished, completionFinished({ request_id: 'req_soon' }));
    expect(await asked).toMatchObject({
      id: 'req_soon',
      status: 'succeeded',
      attempts: [{ id: 'soon', outcome: 'finished' }],
      cost_nano_usd: 5,
    });
  }, 60_000);

  it('keep what was stated while they were down, in whatever order', async () => {
    const late = { request_id: 'req_late', attempt_id: 'late' };
    await bus.state(CompletionFinished, completionFinished({ request_id: 'req_late' }));
    await bus.state(AttemptFinished, attemptFinished({ ...late, outcome: 'unknown', cost_nano_usd: null }));
    await bus.state(AttemptFinished, attemptFinished({ ...late, cost_nano_usd: 11 }));
    await bus.state(AttemptStarted, attemptStarted(late));
    await startRecords();
    const record = await until('req_late', ({ attempts }) => attempts[0]?.outcome === 'finished');
    expect(record).toMatchObject({ status: 'succeeded', cost_nano_usd: 11, attempts: [{ id: 'late' }] });
  }, 60_000);

  it('say "running" of a request that has only attempts', async () => {
    await startRecords();
    await bus.state(AttemptStarted, attemptStarted({ request_id: 'req_open', attempt_id: 'open' }));
    expect(await until('req_open', () => true)).toMatchObject({ status: 'running', attempts: [{ outcome: 'sent' }] });
  }, 60_000);

  it('are of one tenant alone', async () => {
    await startRecords();
    await bus.state(CompletionFinished, completionFinished({ request_id: 'req_mine' }));
    await until('req_mine', () => true);
    expect(await refusalOf(ask('req_mine', 'globex'))).toBe('not_found');
  }, 60_000);

  it('keep names that PostgreSQL has no text for', async () => {
    await startRecords();
    const odd = 'a\0b\ud800';
    await bus.state(AttemptFinished, attemptFinished({ request_id: 'req_odd', attempt_id: 'odd', model: 'm\0' }));
    await bus.state(CompletionFinished, completionFinished({ request_id: 'req_odd', requested_model: odd }));
    expect(await until('req_odd', ({ status }) => status === 'succeeded')).toMatchObject({
      attempts: [{ model: 'm\0' }],
    });
  }, 60_000);

  it('survive more facts at once than one statement can take', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => `many_${index}`);
    await Promise.all(
      ids.map((id, index) =>
        bus.state(AttemptFinished, attemptFinished({ request_id: 'req_many', attempt_id: id, attempt_no: index + 1 })),
      ),
    );
    await startRecords();
    const record = await until('req_many', ({ attempts }) => attempts.length === ids.length);
    expect(record.cost_nano_usd).toBe(5 * ids.length);
  }, 60_000);
});
