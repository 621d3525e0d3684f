/** The router's world for a decision: the built-in policy and a fleet, made by the room's own built functions. */
import type { Catalog } from '@skein/catalog';
import type { Situation } from '@skein/router';
import { compilePolicy } from '../../../../services/router/dist/src/compile-policy.js';
import { readFleet } from '../../../../services/router/dist/src/fleet.js';
import { revisionOf } from '../../../../services/router/dist/src/read-policy.js';
import { defaultPolicy } from '../../../../services/router/dist/src/default-policy.js';

export function routerSituation(catalog: Catalog, live: readonly string[]): Situation {
  const compilation = compilePolicy(revisionOf(defaultPolicy), catalog);
  if (compilation.compiled === null) throw new Error(JSON.stringify(compilation.problems));
  const modes = new Map(live.map((vendor) => [vendor, 'live' as const]));
  return {
    compiled: compilation.compiled,
    fleet: readFleet(modes, 'auto', new Set(live)),
    healthOf: () => undefined,
    now: Date.now(),
  };
}
