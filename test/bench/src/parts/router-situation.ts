/** The router's world for a decision: a policy and a fleet, made by the room's own built functions. */
import { vendors, type Catalog } from '@skein/catalog';
import { policyDocument, type PolicyDocument } from '@skein/contracts/router';
import type { Situation } from '@skein/router';
import { compilePolicy } from '../../../../services/router/dist/src/compile-policy.js';
import { readFleet } from '../../../../services/router/dist/src/fleet.js';
import { revisionOf } from '../../../../services/router/dist/src/read-policy.js';
import { defaultPolicy } from '../../../../services/router/dist/src/default-policy.js';

/** The built-in policy over so many live vendors. */
export function routerSituation(catalog: Catalog, live: readonly string[]): Situation {
  return situationOf(defaultPolicy, catalog, live);
}

/** A policy whose one list has so many priced chat models of the catalogue, every vendor live. */
export function situationOfModels(catalog: Catalog, count: number): Situation {
  const names = catalog.models
    .filter(({ kind, quality, prices }) => kind === 'chat' && quality !== null && prices.length > 0)
    .slice(0, count)
    .map(({ id }) => id);
  if (names.length < count) throw new Error(`The catalogue has only ${names.length} such models`);
  const policy = policyDocument.parse({ name: `bench ${count}`, default: names });
  return situationOf(
    policy,
    catalog,
    vendors.map(({ id }) => id),
  );
}

function situationOf(policy: PolicyDocument, catalog: Catalog, live: readonly string[]): Situation {
  const compilation = compilePolicy(revisionOf(policy), catalog);
  if (compilation.compiled === null) throw new Error(JSON.stringify(compilation.problems));
  const modes = new Map(live.map((vendor) => [vendor, 'live' as const]));
  return {
    compiled: compilation.compiled,
    fleet: readFleet(modes, 'auto', (vendor) => modes.has(vendor)),
    healthOf: () => undefined,
    now: Date.now(),
  };
}
