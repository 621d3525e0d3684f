// Processes killed at each stage of a request: what the customer saw, and what was posted.
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  HttpClient,
  chat,
  eventually,
  misbehave,
  startMesh,
  type ChatBody,
  type HttpStream,
  type Mesh,
  type SseEvent,
} from '@skein/testkit';
import { CHAT, askPlain, finishedRecord, readEvents, stopMesh, usageOf } from './ask.js';

jest.setTimeout(120_000);

/** Each test asks with a key of its own, so that its usage is its own. */
const keys = Array.from({ length: 30 }, (_, index) => `sk-kill-${index}`);
const config = `
tenants:
  acme:
    keys:
${keys.map((key, index) => `      - { id: "k${index}", key: "sha256:${createHash('sha256').update(key).digest('hex')}" }`).join('\n')}
`;

let mesh: Mesh;
let customer: HttpClient;
beforeAll(async () => {
  mesh = await startMesh({ mode: 'mesh', config });
});
afterAll(() => stopMesh(mesh));

const OPENAI = 'provider-workers/openai';
const openai = 'openai/gpt-4o-mini';

/** Every test begins with a whole mesh and idle vendors, whatever the one before has killed. */
beforeEach(async () => {
  await eventually(
    async () => {
      expect((await mesh.http.get('/readyz')).status).toBe(200);
      expect((await askPlain(mesh.http, chat(openai, 'ready?'))).status).toBe(200);
      expect((await mesh.sandbox.stats()).in_flight).toBe(0);
    },
    { withinMs: 30_000, everyMs: 100 },
  );
  customer = new HttpClient(mesh.url, keys.pop());
});
afterEach(() => customer.close());

async function kill(room: string): Promise<void> {
  const pids = await mesh.pidsOf(room);
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

/** A stream of about three seconds, read up to its first words. */
async function openStream(
  body: ChatBody = chat(openai, `${misbehave({ rate: 20, tokens: 60 })} Tell me a story.`),
): Promise<{
  readonly stream: HttpStream;
  readonly first: readonly SseEvent[];
}> {
  const stream = await customer.stream(CHAT, { ...body, stream: true });
  const first: SseEvent[] = [];
  while (readEvents(first).text === '') {
    const event = await stream.next();
    if (event === null) throw new Error('the stream ended before its first words');
    first.push(event);
  }
  return { stream, first };
}

const vendorIsAsked = () => eventually(async () => expect((await mesh.sandbox.stats()).in_flight).toBe(1));
const slowly = misbehave({ latency: 2_000 });

describe('a worker killed', () => {
  it('before its first byte: another vendor answers, and nobody notices', async () => {
    const asked = askPlain(
      customer,
      chat(openai, `${slowly} hi`, { metadata: { fallbacks: ['groq/llama-3.1-8b-instant'] } }),
    );
    await vendorIsAsked();
    await kill(OPENAI);
    const { status, headers } = await asked;
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'x-skein-vendor': 'groq', 'x-skein-attempts': '2' });
    const record = await finishedRecord(customer, headers['x-request-id']);
    expect(record.attempts.map(({ vendor, outcome }) => ({ vendor, outcome }))).toEqual([
      { vendor: 'openai', outcome: 'unknown' },
      { vendor: 'groq', outcome: 'finished' },
    ]);
  });

  it('after its first words: the stream ends with an error event, and the attempt is posted as unknown', async () => {
    const { stream, first } = await openStream();
    await kill(OPENAI);
    const answer = readEvents([...first, ...(await stream.rest())]);
    expect(answer.endsWithDone).toBe(false);
    expect(answer.events.at(-1)?.event).toBe('error');
    expect(JSON.parse(answer.events.at(-1)?.data ?? '')).toMatchObject({ error: { code: 'worker_lost' } });
    const record = await finishedRecord(customer, stream.headers['x-request-id']);
    expect(record).toMatchObject({
      status: 'failed',
      error: { code: 'worker_lost' },
      attempts: [{ outcome: 'unknown', cost_usd: null }],
    });
    await eventually(async () => {
      expect(await usageOf(customer)).toMatchObject({ attempts: 1, unknown: 1, cost_usd: '0' });
    });
  });

  it('is started again at once', async () => {
    const [before] = await mesh.pidsOf(OPENAI);
    await kill(OPENAI);
    const after = await eventually(async () => {
      const [pid] = await mesh.pidsOf(OPENAI);
      expect(pid).toBeGreaterThan(0);
      expect(pid).not.toBe(before);
      return pid;
    });
    expect(after).not.toBe(before);
  });

  it('before its first byte, where it was the only one asked for: its successor answers', async () => {
    const asked = askPlain(customer, chat(openai, `${slowly} hi`));
    await vendorIsAsked();
    await kill(OPENAI);
    expect((await asked).headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-attempts': '2' });
  });

  it('of two, under load: no request that had not begun streaming is lost', async () => {
    const second = mesh.addWorker('openai');
    await bothWorkersAnswer();
    const statuses: number[] = [];
    const lost: string[] = [];
    const plain = async (index: number) => {
      const { status, text } = await customer.post(CHAT, chat(openai, `${misbehave({ latency: 300 })} plain ${index}`));
      statuses.push(status);
      if (status !== 200) lost.push(text);
    };
    const streamed = async (index: number) => {
      const stream = await customer.stream(
        CHAT,
        chat(openai, `${misbehave({ ttft: 300 })} streamed ${index}`, { stream: true }),
      );
      const events = await stream.rest();
      statuses.push(stream.status);
      const hasBegun = stream.status === 200 && readEvents(events).text !== '';
      if (!hasBegun) lost.push(JSON.stringify(events));
    };
    let next = 0;
    const keepAsking = async () => {
      for (let index = next++; index < 240; index = next++) await (index % 2 === 0 ? plain(index) : streamed(index));
    };
    const load = Promise.all(Array.from({ length: 24 }, keepAsking));
    await eventually(() => expect(statuses.length).toBeGreaterThan(60));
    second.kill('SIGKILL');
    await load;
    expect(lost).toEqual([]);
    expect(statuses).toHaveLength(240);
  });
});

/** Asks until two different processes have served attempts of openai: the second is known to the fleet. */
async function bothWorkersAnswer(): Promise<void> {
  await eventually(
    async () => {
      await Promise.all(
        Array.from({ length: 8 }, () => askPlain(customer, chat(openai, `${misbehave({ latency: 50 })} both?`))),
      );
      const workers = await mesh.serversOf('provider-openai');
      expect(workers).toBe(2);
    },
    { withinMs: 20_000, everyMs: 100 },
  );
}

describe('the orchestrator killed', () => {
  it('before the first byte: the answer comes all the same, and is posted', async () => {
    const asked = askPlain(customer, chat(openai, `${slowly} What is 30 + 3?`));
    await vendorIsAsked();
    await kill('orchestrator');
    const { status, headers, json } = await asked;
    expect(status).toBe(200);
    expect(json.choices[0]?.message.content).toContain('33');
    await eventually(async () => {
      expect(await usageOf(customer)).toMatchObject({ attempts: 1, unknown: 0, cost_usd: headers['x-skein-cost-usd'] });
    });
  });

  it('after the first words: the stream goes on to [DONE], and is posted', async () => {
    const { stream, first } = await openStream();
    await kill('orchestrator');
    const answer = readEvents([...first, ...(await stream.rest())]);
    expect(answer.endsWithDone).toBe(true);
    const record = await finishedRecord(customer, stream.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'succeeded', attempts: [{ vendor: 'openai', outcome: 'finished' }] });
    await eventually(async () => {
      expect(await usageOf(customer)).toMatchObject({ attempts: 1, unknown: 0, cost_usd: record.cost_usd });
    });
  });

  it('between two requests: the next one waits for it, or is told when to come again', async () => {
    await kill('orchestrator');
    await eventually(async () => expect(await mesh.serversOf('orchestrator')).toBe(0));
    const { status, headers, json } = await customer.post(CHAT, chat(openai, 'hi'));
    if (status === 200) return;
    expect({ status, json }).toMatchObject({ status: 503, json: { error: { code: 'unavailable' } } });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the gateway killed', () => {
  const endOf = (answer: Promise<unknown>): Promise<string> =>
    answer.then(
      () => 'answered',
      () => 'cut off',
    );

  /** Asks up to a stage, and gives what becomes of it. */
  const stages: [name: string, ask: () => Promise<{ readonly end: Promise<string> }>][] = [
    [
      'before the first byte',
      async () => {
        const end = endOf(customer.post(CHAT, chat(openai, `${misbehave({ latency: 20_000 })} hi`)));
        await vendorIsAsked();
        return { end };
      },
    ],
    [
      'after the first words',
      async () => {
        const { stream } = await openStream(
          chat(openai, `${misbehave({ rate: 20, tokens: 2_000 })} Tell me everything.`),
        );
        return { end: endOf(stream.rest()) };
      },
    ],
  ];

  it.each(stages)(
    '%s: the customer is cut off, the vendor is stopped, and the attempt is posted',
    async (_stage, ask) => {
      const served = (await mesh.sandbox.served()).at(-1)?.seq ?? 0;
      const { end } = await ask();
      await kill('gateway');
      expect(await end).toBe('cut off');
      const entry = await eventually(async () => {
        const [first] = await mesh.sandbox.served(served);
        if (first === undefined) throw new Error('the vendor still writes');
        return first;
      });
      expect(entry.outcome).toBe('aborted_by_client');
      await eventually(async () => expect((await usageOf(customer)).attempts).toBe(1), { withinMs: 20_000 });
    },
  );
});

describe('what nobody waits for, killed', () => {
  it('billing and records: answers flow, and are posted when they are back', async () => {
    await Promise.all([kill('billing'), kill('records')]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => askPlain(customer, chat(openai, `question ${index}`))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await eventually(async () => expect((await usageOf(customer)).attempts).toBe(10), { withinMs: 20_000 });
    for (const { headers } of answers) {
      const record = await finishedRecord(customer, headers['x-request-id']);
      expect(record).toMatchObject({ status: 'succeeded', cost_usd: headers['x-skein-cost-usd'] });
    }
  });

  it.each(['classifier', 'cache', 'health'])('%s: answers flow', async (room) => {
    await kill(room);
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        askPlain(customer, chat('auto', `question ${index}`, { temperature: 0 })),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
