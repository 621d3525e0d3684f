import { SkeinError } from '@skein/contracts/errors';
import type { RoutePlan } from '@skein/contracts/router';
import { decideRoute } from '../src/decide-route.js';
import { ask, world, type Asked, type World } from './small-world.js';

/** The plan of a request. */
export const plan = (asked: Asked = {}, sketch: World = {}): RoutePlan => decideRoute(ask(asked), world(sketch));

/** The candidates of a plan as `vendor/model`, in order. */
export const chain = (asked: Asked = {}, sketch: World = {}): string[] =>
  plan(asked, sketch).candidates.map(({ vendor, model }) => `${vendor}/${model}`);

/** Which rule kept which model out of a plan. */
export const rulesAgainst = (asked: Asked, sketch: World = {}): Record<string, string> =>
  Object.fromEntries(plan(asked, sketch).excluded.map(({ vendor, model, rule }) => [`${vendor}/${model}`, rule]));

/** The error of a request that cannot be planned. */
export const refusal = (asked: Asked, sketch: World = {}): SkeinError => {
  try {
    decideRoute(ask(asked), world(sketch));
  } catch (error) {
    if (error instanceof SkeinError) return error;
    throw error;
  }
  throw new Error('the request was planned');
};
