import { describe, expect, it } from '@jest/globals';
import { Complete } from '@skein/contracts/orchestrator';
import { RequestBody } from '@skein/contracts/wire';
import { createLogger } from '@skein/telemetry';
import { anOrder, someFeatures } from '../test/conducted.js';
import { FakeBus } from '../test/fake-bus.js';
import { TaskNamer } from './task-namer.js';

const unsure = { ...someFeatures, abstained: true };
const policy = {
  unsure_tasks: {
    model: 'openai/small',
    max_usd_per_day: '1',
    max_usd_per_call: '0.01',
    max_share: 1,
    cache_ttl_s: 60,
    timeout_ms: 1_000,
  },
};

describe('the naming of a task that the classifier is unsure of', () => {
  it.each<[string, boolean, string[]]>([
    ['asks a model', false, [Complete.subject]],
    ['is left out while classification by model is shed: the guess stands', true, []],
  ])('%s', async (_what, isShed, asked) => {
    const bus = Object.assign(new FakeBus(), {
      watchSnapshot: (_snapshot: unknown, listener: (body: never) => void) => {
        listener({ policy } as never);
        return Promise.resolve(() => undefined);
      },
      takeFrames: () => undefined,
      serve: () => undefined,
    });
    const namer = new TaskNamer(bus, createLogger('test', 'silent'), () => isShed);
    await namer.start();
    const context = { requestId: 'req_1', deadline: performance.now() + 5_000 };
    const body = RequestBody.of({
      model: 'auto',
      messages: [{ role: 'user', content: 'Do the thing with the words' }],
    });
    // Nobody answers the model's question either: whatever becomes of it, the guess stands.
    expect(await namer.name(unsure, anOrder, body, context)).toEqual(unsure);
    const called = bus.said.filter((subject) => subject.startsWith('skein.rpc'));
    expect([...new Set(called)]).toEqual(asked);
    namer.stop();
  });
});
