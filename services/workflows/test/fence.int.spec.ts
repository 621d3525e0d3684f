// What the rows hold when a runner is lost: nothing finished is done again, and nothing a lost runner brings counts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { launchPostgres, type LaunchedPostgres } from '@skein/servers';
import { openStore, type Store } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import { MakeWorkflows1760000000010 } from '../src/migrations/1760000000010-make-workflows.js';
import { HeldRunsRepository, type StepEnd, type TakeOutcome } from '../src/run/held-runs.repository.js';
import type { HeldRun, NewRun } from '../src/run/run.js';
import { RunsRepository } from '../src/run/runs.repository.js';

let postgres: LaunchedPostgres;
let store: Store;
let runs: RunsRepository;
let held: HeldRunsRepository;

beforeAll(async () => {
  postgres = await launchPostgres({ ephemeral: true });
  store = await openStore({
    url: postgres.url,
    name: 'workflows',
    entities: [],
    migrations: [MakeWorkflows1760000000010],
    logger: createLogger('spec', 'silent'),
  });
  runs = new RunsRepository(store);
  held = new HeldRunsRepository(store);
}, 120_000);
afterAll(async () => {
  await store?.destroy();
  await postgres?.stop();
});

let count = 0;
function newRun(): NewRun {
  count += 1;
  return {
    id: `run_${count}`,
    caller: { tenant: 'acme', project: null, key_id: 'k', user: null, cost_center: null },
    workflow: 'w',
    version: 1,
    definition: { pipeline: { stages: [{ name: 'a' }, { name: 'b' }] } },
    strategy: null,
    inputs: { input: 'x' },
    metadata: {},
    isAwaited: false,
    priority: 'normal',
    budgetNano: null,
    deadlineAt: null,
    traceparent: null,
    createdAt: new Date(0),
  };
}

const done: StepEnd = { status: 'succeeded', value: { output: 'A' }, error: null, attempts: [], costNano: 5 };
const step = (stage: string) => ({ stage, part: '', round: 0, try: 1, requestId: `req_${stage}_${count}` });

/** A lease that is over at once: its holder has gone silent. */
async function takeSilently(id: string): Promise<HeldRun> {
  return takenBy(await held.take(id, { owner: 'silent', leaseMs: 0 }));
}
function takenBy(outcome: TakeOutcome): HeldRun {
  if (outcome.is !== 'taken') throw new Error(`the run is ${outcome.is}`);
  return outcome.held;
}

describe('a run whose runner was lost', () => {
  it('goes on in another with what had finished, and the lost one can do no harm', async () => {
    const { id } = await runs.accept(newRun(), null);
    const lost = await takeSilently(id);
    expect(await held.begin(lost, [step('a')])).toBe(true);
    expect(await held.end(lost, step('a'), done)).toBe(true);
    expect(await held.begin(lost, [step('b')])).toBe(true);
    const outcome = await held.take(id, { owner: 'next', leaseMs: 60_000 });
    expect(outcome).toMatchObject({
      is: 'taken',
      steps: [
        { stage: 'a', status: 'succeeded', value: { output: 'A' }, costNano: 5 },
        { stage: 'b', status: 'running', epoch: 1 },
      ],
    });
    const next = takenBy(outcome);
    expect(next.epoch).toBe(lost.epoch + 1);
    expect(await held.end(lost, step('b'), done)).toBe(false);
    expect(await held.begin(lost, [{ ...step('b'), try: 2, requestId: 'req_late' }])).toBe(false);
    expect(await held.finish(lost, { as: 'succeeded', output: 'B', degraded: false, notices: [] })).toBeNull();
    expect(await held.finish(next, { as: 'succeeded', output: 'B', degraded: false, notices: [] })).toMatchObject({
      status: 'succeeded',
      output: 'B',
    });
    expect((await held.take(id, { owner: 'third', leaseMs: 1 })).is).toBe('over');
  });

  it('is not taken while its lease holds, and is put into the queue again when it lapses', async () => {
    const { id } = await runs.accept(newRun(), { owner: 'first', leaseMs: 60_000 });
    expect((await held.take(id, { owner: 'second', leaseMs: 1 })).is).toBe('early');
    expect(await held.renewLeases('first', [id], 0)).toEqual([{ id, epoch: 1 }]);
    expect(await held.reconcile(60_000)).toMatchObject({
      lost: expect.arrayContaining([id]),
      waiting: expect.arrayContaining([expect.objectContaining({ id })]),
    });
  });

  it('is begun under a key once: the same step cannot begin twice', async () => {
    const { id } = await runs.accept(newRun(), null);
    const runner = takenBy(await held.take(id, { owner: 'one', leaseMs: 60_000 }));
    await held.begin(runner, [step('a')]);
    await held.end(runner, step('a'), done);
    expect(await held.begin(runner, [{ ...step('a'), requestId: 'req_other' }])).toBe(false);
  });
});

describe('a run that was called off', () => {
  it('takes nothing more from its runner', async () => {
    const { id } = await runs.accept(newRun(), null);
    const runner = takenBy(await held.take(id, { owner: 'one', leaseMs: 60_000 }));
    await held.begin(runner, [step('a')]);
    expect(await runs.cancel('acme', id)).toBe(true);
    expect(await held.end(runner, step('a'), done)).toBe(false);
    expect(await runs.cancel('acme', id)).toBe(false);
    await expect(runs.cancel('other', id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
