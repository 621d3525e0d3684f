import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { catalog, estimateCost } from '@skein/catalog';
import { needs, tiers } from '@skein/contracts/classifier';
import { SkeinError } from '@skein/contracts/errors';
import { priorities, strategies, tasks } from '@skein/contracts/gateway';
import { routePlan, type RoutePlan } from '@skein/contracts/router';
import { ask, policy, smallCatalog, world, type Asked, type World } from '../test/small-world.js';
import { compilePolicy } from './compile-policy.js';
import { decideRoute, type Situation } from './decide-route.js';
import { deploymentOf } from './deployment.js';

const vendors = ['openai', 'anthropic', 'google', 'deepseek', 'mistral', 'groq', 'xai'];
const ids = smallCatalog.models.map(({ id }) => id);

const requests: fc.Arbitrary<Asked> = fc.record({
  model: fc.oneof({ weight: 4, arbitrary: fc.constant('auto') }, fc.constantFrom(...ids, 'thinking', 'open-weights')),
  stream: fc.boolean(),
  features: fc.record({
    task: fc.constantFrom(...tasks),
    abstained: fc.boolean(),
    tokens: fc.integer({ min: 1, max: 300_000 }),
    turns: fc.nat(80),
    complexity: fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), tier: fc.constantFrom(...tiers) }),
    needs: fc.subarray([...needs], { maxLength: 2 }),
    thread: fc.string({ maxLength: 4 }),
  }),
  metadata: fc.record(
    {
      strategy: fc.constantFrom(...strategies),
      priority: fc.constantFrom(...priorities),
      max_cost_usd: fc.double({ min: 0.0001, max: 1, noNaN: true }),
      fallbacks: fc.array(fc.constantFrom(...ids), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
});

const models = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 6 });
const policies: fc.Arbitrary<NonNullable<World['policy']>> = fc.record({
  strategy: fc.constantFrom(...strategies),
  default: models,
  tasks: fc.record({ code: models, qa: models }, { requiredKeys: [] }),
  tiers: fc.record({ table: fc.constantFrom('classifier' as const, 'by_size' as const, 'by_turns' as const) }),
  vendors: fc.record({ deny: fc.subarray(vendors, { maxLength: 3 }) }),
  preferences: fc.array(fc.record({ who: fc.constant({ tenant: 'acme' }), models }), { maxLength: 1 }),
  context: fc.record({ trim: fc.boolean() }),
  rollouts: fc.array(
    fc.record({ name: fc.constant('r'), kind: fc.constant('canary' as const), to: fc.constantFrom(...ids) }),
    {
      maxLength: 1,
    },
  ),
  max_candidates: fc.integer({ min: 1, max: 8 }),
});

/** The plan, or null where the policy and the request leave none; anything else is a fault. */
function planOf(asked: Asked, situation: Situation): RoutePlan | null {
  try {
    return decideRoute(ask(asked), situation);
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'no_admissible_model') return null;
    throw error;
  }
}

const runs = { numRuns: 200 };

describe('whatever is asked of whatever policy', () => {
  it('a denied vendor is never chosen, not as fallback, canary, stand-in or by name', () => {
    fc.assert(
      fc.property(requests, policies, (asked, text) => {
        const found = planOf(asked, world({ policy: text }));
        const chosen = [...(found?.candidates ?? []), ...(found?.shadow ?? [])].map(({ vendor }) => vendor);
        expect(chosen.filter((vendor) => text.vendors?.deny?.includes(vendor))).toEqual([]);
      }),
      runs,
    );
  });

  it('the explanation is complete: every model of the list in force is a candidate or excluded by a rule', () => {
    fc.assert(
      fc.property(requests, models, (asked, list) => {
        const found = planOf({ ...asked, model: 'auto' }, world({ policy: { default: list, tasks: {} } }));
        if (found === null) return;
        const told = [...found.candidates, ...found.excluded].map(({ vendor, model }) => `${vendor}/${model}`);
        expect(list.filter((id) => !told.includes(id))).toEqual([]);
        expect(new Set(told).size).toBe(told.length);
        expect(found.excluded.every(({ rule }) => rule !== '')).toBe(true);
      }),
      runs,
    );
  });

  it('cost_first picks no model that another admissible one dominates', () => {
    fc.assert(
      fc.property(requests, models, (asked, list) => {
        const metadata = { strategy: 'cost_first' as const };
        const sketch: World = { policy: { default: list, tasks: {}, max_candidates: 20 } };
        const found = planOf({ ...asked, model: 'auto', metadata }, world(sketch));
        const [first, ...others] = (found?.candidates ?? []).filter(({ score }) => score > -10);
        if (first === undefined) return;
        const qualityOf = ({ vendor, model }: { vendor: string; model: string }) =>
          smallCatalog.models.find(({ id }) => id === `${vendor}/${model}`)?.quality ?? 0;
        const cost = first.expected.cost_nano_usd ?? Infinity;
        const dominating = others.filter(
          (other) => (other.expected.cost_nano_usd ?? Infinity) < cost && qualityOf(other) >= qualityOf(first),
        );
        expect(dominating).toEqual([]);
      }),
      runs,
    );
  });

  it('a plan keeps its contract, its length and its order', () => {
    fc.assert(
      fc.property(requests, policies, (asked, text) => {
        const found = planOf(asked, world({ policy: text }));
        if (found === null) return;
        expect(routePlan.safeParse(found).error).toBeUndefined();
        expect(found.candidates.length).toBeLessThanOrEqual(text.max_candidates ?? 5);
      }),
      runs,
    );
  });

  it('a change of policy drops no request that both policies can plan, and mixes nothing of the two', () => {
    fc.assert(
      fc.property(requests, policies, policies, (asked, before, after) => {
        const situations = [before, after].map((text, index) => {
          const { compiled } = compilePolicy({ revision: `r${index}`, policy: policy(text) }, smallCatalog);
          if (compiled === null) throw new Error('the policy does not compile');
          return { ...world({}), compiled };
        });
        const alone = situations.map((situation) => planOf(asked, situation));
        // In turns, as a router decides while the policy under it changes.
        const inTurns = [0, 1, 0, 1].map((index) => planOf(asked, situations[index] as Situation));
        expect(inTurns).toEqual([alone[0], alone[1], alone[0], alone[1]]);
        expect(inTurns.map((found, turn) => found === null || found.revision === `r${turn % 2}`)).not.toContain(false);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the price of a deployment', () => {
  it('is the catalogue’s own estimate, to the nano-dollar, for every model and size', () => {
    const tokens = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...catalog.models), tokens, tokens, (record, input, output) => {
        const { vendor, model } = record;
        const deployment = deploymentOf({ vendor, model, record }, catalog.termsOf(vendor, record));
        expect(deployment.costOf(input, output)).toBe(estimateCost(record, input, output));
      }),
      { numRuns: 800 },
    );
  });
});
