import { describe, expect, it } from '@jest/globals';
import type { ServedContext } from '@skein/bus';
import { CompletionFinished } from '@skein/contracts/orchestrator';
import { DecideRoute } from '@skein/contracts/router';
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody, type CancelReason } from '@skein/contracts/wire';
import { createLogger } from '@skein/telemetry';
import { Conducted, SINK, anOrder, finished, planOf } from '../test/conducted.js';
import { OrchestratorController } from './orchestrator.controller.js';

const settings = { ORCHESTRATOR_QUEUE_WAIT_MS: 50, ORCHESTRATOR_ROOM_WAIT_MS: 50, ORCHESTRATOR_MAX_WAITING: 10 };

function servedBy(mesh: Conducted) {
  const controller = new OrchestratorController(mesh.bus, createLogger('test', 'silent'), settings);
  const context = (): ServedContext => ({
    requestId: 'req_1',
    deadline: performance.now() + 10_000,
    body: RequestBody.of({ model: 'auto' }),
    signal: mesh.leaving.signal,
  });
  return { controller, context };
}

/** An attempt that runs until it is stopped; resolves `reason` with why. */
function endless(mesh: Conducted) {
  const begun = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<CancelReason>();
  mesh.attempt('openai', async ({ context: { signal } }) => {
    begun.resolve();
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    reason.resolve(signal?.reason as CancelReason);
    return { ...finished, outcome: 'cancelled' };
  });
  return { begun: begun.promise, reason: reason.promise };
}

describe('a sink that is lost', () => {
  it('stops what it had ordered: nobody is left to answer, and the conductor says that it is over', async () => {
    const mesh = new Conducted(planOf(['openai', 'anthropic']));
    const { begun, reason } = endless(mesh);
    const { controller, context } = servedBy(mesh);
    const result = controller.complete(anOrder, context());
    await begun;
    mesh.bus.fleet.lose('gateway-2');
    mesh.bus.fleet.lose(SINK);
    expect(await reason).toEqual({ reason: 'the sink is gone', mode: 'cut' });
    expect(await result).toMatchObject({ status: 'cancelled', attempts: [{ outcome: 'cancelled' }] });
    expect(mesh.bus.facts.filter(({ subject }) => subject === CompletionFinished.subject)).toMatchObject([
      { body: { request_id: 'req_1', status: 'cancelled', attempts: [{ outcome: 'cancelled' }] } },
    ]);
  });

  it('of a job says so itself when it is back', async () => {
    const mesh = new Conducted(planOf(['openai']));
    const { begun } = endless(mesh);
    const { controller, context } = servedBy(mesh);
    const result = controller.complete({ ...anOrder, kind: 'job' }, context());
    await begun;
    mesh.bus.fleet.lose(SINK);
    expect(await result).toMatchObject({ status: 'cancelled' });
    expect(mesh.bus.facts).toEqual([]);
  });
});

describe('a sink that lives', () => {
  it('states the end of its request itself', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
    const { controller, context } = servedBy(mesh);
    expect(await controller.complete(anOrder, context())).toMatchObject({ status: 'succeeded' });
    mesh.bus.fleet.lose(SINK);
    expect(mesh.bus.facts).toEqual([]);
  });

  it('has its request stopped by cancelling the call', async () => {
    const mesh = new Conducted(planOf(['openai']));
    const { begun, reason } = endless(mesh);
    const { controller, context } = servedBy(mesh);
    const result = controller.complete(anOrder, context());
    await begun;
    mesh.leaving.abort({ reason: 'the caller left', mode: 'cut' });
    expect(await reason).toEqual({ reason: 'the caller left', mode: 'cut' });
    expect(await result).toMatchObject({ status: 'cancelled' });
  });
});

describe('an explanation', () => {
  const question = { tenant: 'acme', model: 'auto', stream: false, max_output_tokens: null, metadata: {} };

  it('is the plan, and nothing is run', async () => {
    const mesh = new Conducted(planOf(['openai']));
    const { controller, context } = servedBy(mesh);
    expect(await controller.explain(question, context())).toMatchObject({
      features: { task: 'code' },
      plan: { revision: 'r1' },
      error: null,
    });
    expect(mesh.walk).toEqual(['classify', 'decide']);
  });

  it('of what cannot be routed says why, beside what was understood', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.on(DecideRoute, () => {
      throw new SkeinError('no_admissible_model', 'nothing fits');
    });
    const { controller, context } = servedBy(mesh);
    expect(await controller.explain(question, context())).toMatchObject({
      features: { task: 'code' },
      plan: null,
      error: { code: 'no_admissible_model' },
    });
  });
});
