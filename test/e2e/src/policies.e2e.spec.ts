// Two routers under load while policies change and a canary turns out bad: no request fails, none is decided by two policies.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chat,
  checkoutRoot,
  eventually,
  misbehave,
  NodeProcess,
  plainEnvironment,
  startMesh,
  type ErrorAnswer,
  type HttpAnswer,
  type Mesh,
  type RecordAnswer,
} from '@skein/testkit';
import { askPlain, finishedRecord, stopMesh } from './ask.js';
import { NatsCustomer } from './nats-customer.js';

jest.setTimeout(120_000);

const SMALL = 'openai/gpt-4o-mini';
const QUICK = 'groq/llama-3.1-8b-instant';
const NEXT = 'mistral/mistral-small-2603';

const policyOf = (name: string, models: readonly string[], rest = {}) =>
  JSON.stringify({ name, strategy: 'quality_first', default: models, cache: 'never', ...rest });
const first = policyOf('first', [SMALL, QUICK]);
const second = policyOf('second', [QUICK, SMALL]);
const withCanary = policyOf('third', [SMALL, QUICK], {
  rollouts: [
    {
      name: 'next',
      kind: 'canary',
      of: SMALL,
      to: NEXT,
      steps: [50, 100],
      sticky: 'request',
      guard: { min_attempts: 3 },
    },
  ],
});

interface Applied {
  readonly revision: string;
  readonly previous: string | null;
}
interface RolloutAnswer {
  readonly state: string;
  readonly percent: number;
  readonly reason: string | null;
}

let mesh: Mesh;
let secondRouter: NodeProcess;

beforeAll(async () => {
  // Over NATS, so that both routers are asked.
  mesh = await startMesh({ busLocal: 'never' });
  secondRouter = new NodeProcess(join(checkoutRoot, 'services/router/dist/src/main.js'), {
    cwd: checkoutRoot,
    environment: { ...plainEnvironment(), NATS_URL: mesh.natsMeshUrl, LOG_LEVEL: 'warn' },
  });
  await eventually(async () => {
    if ((await mesh.serversOf('router')) < 2) throw new Error(`one router only: ${secondRouter.output}`);
  });
});
afterAll(async () => {
  await secondRouter?.stop();
  await stopMesh(mesh);
});

const apply = async (policy: string): Promise<Applied> => {
  const { status, json, text } = await mesh.http.post<Applied>('/v1/policies', policy);
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' });
  return json;
};

/** Every router decides by a revision once as many explanations in a row as make a miss of one most unlikely say so. */
const inForceEverywhere = (revision: string) =>
  eventually(async () => {
    const asked = Array.from({ length: 24 }, () => chat('auto', 'Which policy is this?'));
    const { json } = await mesh.http.post<{ plan: { revision: string } }[]>('/v1/explain', asked);
    const others = json.filter(({ plan }) => plan.revision !== revision);
    if (others.length > 0) throw new Error(`${others.length} of 24 plans are of another revision`);
  });

/** Keeps a few callers asking until `during` is over; gives what they were answered. */
async function underLoad(question: string, during: () => Promise<void>): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  let isOver = false;
  const caller = async () => {
    do answers.push(await askPlain(mesh.http, chat('auto', question)));
    while (!isOver);
  };
  const callers = Promise.all(Array.from({ length: 4 }, caller));
  try {
    await during();
  } finally {
    isOver = true;
    await callers;
  }
  return answers;
}

const recordsOf = (answers: readonly HttpAnswer[]): Promise<RecordAnswer[]> =>
  Promise.all(answers.map(({ headers }) => finishedRecord(mesh.http, headers['x-request-id'])));

describe('two routers', () => {
  it('change their policy under load: nothing fails, and each request is of one revision from plan to answer', async () => {
    const revisions = new Map<string, string>();
    revisions.set((await apply(first)).revision, SMALL);
    await inForceEverywhere([...revisions.keys()][0] ?? '');
    const answers = await underLoad('Why is snow white?', async () => {
      for (const [policy, lead] of [
        [second, QUICK],
        [first, SMALL],
        [second, QUICK],
      ] as const) {
        const { revision } = await apply(policy);
        revisions.set(revision, lead);
        await inForceEverywhere(revision);
      }
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const seen = new Set<string>();
    for (const { explanation, attempts } of await recordsOf(answers)) {
      const plan = explanation?.plan;
      const lead = revisions.get(plan?.revision ?? '');
      seen.add(plan?.revision ?? 'none');
      expect(`${plan?.candidates[0]?.vendor}/${plan?.candidates[0]?.model}`).toBe(lead);
      expect(`${attempts[0]?.vendor}/${attempts[0]?.model}`).toBe(lead);
    }
    expect(seen.size).toBe(2);
  });

  it('roll a canary back by themselves when it fails, for all routers, and answer every request all the while', async () => {
    const { revision } = await apply(withCanary);
    await inForceEverywhere(revision);
    const question = `${misbehave({ status: 500 }, { vendor: 'mistral' })} Why is grass green?`;
    let rolled: RolloutAnswer | undefined;
    const answers = await underLoad(question, async () => {
      rolled = await eventually(async () => {
        const { json } = await mesh.http.get<{ rollouts: RolloutAnswer[] }>('/v1/policies/rollouts');
        const [rollout] = json.rollouts;
        if (rollout?.state !== 'rolled_back') throw new Error(`the canary is ${rollout?.state}`);
        return rollout;
      });
    });
    expect(rolled).toMatchObject({ percent: 0, reason: expect.stringContaining(NEXT) });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const records = await recordsOf(answers);
    expect(new Set(records.map(({ explanation }) => explanation?.plan?.revision))).toEqual(new Set([revision]));
    expect(records.some(({ attempts }) => attempts.length > 1 && attempts[0]?.vendor === 'mistral')).toBe(true);

    await eventually(async () => {
      const after = Array.from({ length: 24 }, () => chat('auto', 'And now?'));
      const { json } = await mesh.http.post<{ plan: { candidates: { vendor: string }[] } }[]>('/v1/explain', after);
      if (json.some(({ plan }) => plan.candidates[0]?.vendor !== 'openai'))
        throw new Error('the canary is still asked');
    });
  });

  it('go back to the policy before at a word, and say who changed what', async () => {
    const { json: back } = await mesh.http.post<Applied>('/v1/policies/rollback', {});
    expect(back.revision).toMatch(/^second-/);
    await inForceEverywhere(back.revision);
    const { json } = await mesh.http.get<{ current: string; versions: { revision: string; by: string; at: string }[] }>(
      '/v1/policies',
    );
    expect(json.current).toBe(back.revision);
    expect(json.versions[0]).toMatchObject({ revision: back.revision, by: expect.stringMatching(/^key /) });
    expect(json.versions.at(-1)).toMatchObject({ by: 'built-in' });
  });

  it('refuse a policy that cannot be, naming every fault, and keep the good one', async () => {
    const before = (await mesh.http.get<{ current: string }>('/v1/policies')).json.current;
    const broken = 'name: broken\ndefault: [nobody/model, gpt-99]\n';
    const { status, json } = await mesh.http.post<ErrorAnswer>('/v1/policies', broken);
    expect({ status, ...json.error }).toMatchObject({ status: 400, code: 'invalid_request', param: 'default.0' });
    expect(json.error.message).toContain('gpt-99');
    expect((await mesh.http.get<{ current: string }>('/v1/policies')).json.current).toBe(before);
  });

  it('copy requests to a shadow: unseen by the caller, recorded and billed as what it is', async () => {
    const shadowed = policyOf('shadowed', [SMALL, QUICK], {
      rollouts: [{ name: 'copy', kind: 'shadow', to: QUICK, percent: 100 }],
    });
    const { revision } = await apply(shadowed);
    await inForceEverywhere(revision);
    const spent = async () => (await mesh.http.get<{ requests: number; attempts: number }>('/v1/usage')).json;
    const before = await spent();
    const answer = await askPlain(mesh.http, chat('auto', 'Why is the sea salty?'));
    expect(answer.headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-attempts': '1' });
    await eventually(async () => {
      const { attempts } = await spent();
      if (attempts < before.attempts + 2) throw new Error(`the ledger has ${attempts - before.attempts} new attempts`);
    });
  });

  it('are reached over NATS too', async () => {
    const customer = await NatsCustomer.connect(mesh.natsUrl, mesh.key);
    try {
      const { json } = await customer.ask<{ current: string }>('skein.api.policies.list', {});
      expect(json.current).toMatch(/^shadowed-/);
    } finally {
      await customer.close();
    }
  });
});
