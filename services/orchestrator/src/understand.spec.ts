import { describe, expect, it } from '@jest/globals';
import { Classify } from '@skein/contracts/classifier';
import { SkeinError, type ErrorCode } from '@skein/contracts/errors';
import { DecideRoute, type DecideRouteRequest } from '@skein/contracts/router';
import { Conducted, finished, planOf } from '../test/conducted.js';
import { usesCache } from './understand.js';

describe('the exact cache takes part', () => {
  const cases: [Parameters<typeof usesCache>, boolean][] = [
    [['off', 'always', 0], false],
    [['exact', 'never', 1], true],
    [['policy', 'always', 1], true],
    [['policy', 'never', 0], false],
    [['policy', 'temperature_zero', 0], true],
    [['policy', 'temperature_zero', 0.1], false],
    [['policy', 'temperature_zero', null], false],
  ];
  it.each(cases)('by the caller’s word, then the policy’s: %j → %s', (asked, answer) => {
    expect(usesCache(...asked)).toBe(answer);
  });
});

const awayWith: ErrorCode[] = ['no_responders', 'unavailable', 'deadline_exceeded', 'worker_lost'];

describe('a mesh without a classifier', () => {
  it.each(awayWith)('still answers: the router gets features that claim nothing (%s)', async (code) => {
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
    const asked: DecideRouteRequest[] = [];
    mesh.bus.on(Classify, () => {
      throw new SkeinError(code, 'away');
    });
    mesh.bus.on(DecideRoute, ({ request }) => {
      asked.push(request);
      return mesh.plan;
    });
    expect(await mesh.run({ metadata: { task: 'coding' } })).toMatchObject({ status: 'succeeded' });
    expect(asked[0]?.features).toMatchObject({ abstained: true, confidence: 0, declared: 'coding', needs: [] });
    expect(Classify.reply.safeParse(asked[0]?.features).success).toBe(true);
    expect(mesh.attempts[0]?.request.head.notices).toContain('the classifier is away: this was routed unclassified');
  });

  it('but with one, a caller’s own fault goes back', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.on(Classify, () => {
      throw new SkeinError('invalid_request', 'messages must be an array', { param: 'messages' });
    });
    expect((await mesh.run()).error).toMatchObject({ code: 'invalid_request', param: 'messages' });
    expect(mesh.walk).toEqual(['classify']);
  });
});

describe('a router', () => {
  it('that finds no model ends the request with its reason', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.on(DecideRoute, () => {
      throw new SkeinError('no_admissible_model', 'nothing fits', { detail: { rule: 'region' } });
    });
    const result = await mesh.run();
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'no_admissible_model', detail: { rule: 'region' } },
      explanation: null,
    });
  });

  it('that stays away makes the mesh unavailable, after half the time that is left at most', async () => {
    const mesh = new Conducted(planOf(['openai']));
    mesh.bus.on(DecideRoute, () => {
      throw new SkeinError('no_responders', 'nobody');
    });
    expect((await mesh.run({}, 300)).error).toMatchObject({ code: 'unavailable', retry_after_ms: 1_000 });
  });

  it.each(awayWith.filter((code) => code !== 'unavailable'))(
    'that has just died is waited for, and asked when the fleet changes (%s)',
    async (code) => {
      const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
      let asked = 0;
      mesh.bus.on(DecideRoute, () => {
        asked += 1;
        if (asked < 3) {
          setImmediate(() => mesh.bus.fleet.have([{ vendor: 'openai', instance: 'openai-1' }]));
          throw new SkeinError(code, 'it died');
        }
        return mesh.plan;
      });
      expect(await mesh.run()).toMatchObject({ status: 'succeeded' });
      expect(asked).toBe(3);
    },
  );

  it('is not waited for by a caller who left, and not asked twice for what it refused', async () => {
    const gone = new Conducted(planOf(['openai']));
    gone.bus.on(DecideRoute, () => {
      gone.leaving.abort();
      throw new SkeinError('no_responders', 'nobody');
    });
    await gone.run();
    expect(gone.walk.filter((step) => step === 'decide')).toHaveLength(1);
    const refused = new Conducted(planOf(['openai']));
    refused.bus.on(DecideRoute, () => {
      throw new SkeinError('unavailable', 'every circuit is open', { retryAfterMs: 20_000 });
    });
    await refused.run();
    expect(refused.walk.filter((step) => step === 'decide')).toHaveLength(1);
  });

  it('gets what the caller said, in the tenant’s name', async () => {
    const mesh = new Conducted(planOf(['openai'])).attempt('openai', finished);
    const asked: DecideRouteRequest[] = [];
    mesh.bus.on(DecideRoute, ({ request }) => {
      asked.push(request);
      return mesh.plan;
    });
    await mesh.run({ model: 'auto', stream: false, max_output_tokens: 7, metadata: { priority: 'high' } });
    expect(asked).toMatchObject([
      {
        tenant: 'acme',
        model: 'auto',
        stream: false,
        max_output_tokens: 7,
        metadata: { priority: 'high' },
        features: { task: 'code' },
      },
    ]);
  });
});
