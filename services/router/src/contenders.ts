/** From the model a caller wrote to the deployments in the running, before any wall. */
import {
  isVendorId,
  nameKey,
  VENDOR_IDS,
  vendorById,
  type Candidate,
  type Catalog,
  type Resolution,
} from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import type { DecideRouteRequest } from '@skein/contracts/router';
import type { CompiledPolicy, Listed, TaskList } from './compile-policy.js';
import { deploymentOf, type Contender, type Origin } from './deployment.js';

export interface Running {
  /** `auto`: the router chose, so the strategy orders. `named`: the caller did, so their order stands. */
  readonly kind: 'auto' | 'named';
  readonly contenders: readonly Contender[];
}

/** The name that leaves the choice to the policy. */
export const AUTO = 'auto';

/**
 * Who is in the running for a request. Throws `not_found` for an unknown vendor (listing the known ones) and for a bare
 * name that nothing serves.
 */
export function contendersFor(request: DecideRouteRequest, compiled: CompiledPolicy, catalog: Catalog): Running {
  const fallbacks = (request.metadata.fallbacks ?? []).flatMap((name, index) =>
    resolveName(name, compiled, catalog, 'fallbacks').map((contender) => ({
      ...contender,
      origin: 'fallback' as const,
      place: index,
      because: `fallback ${index + 1} of the request`,
    })),
  );
  if (request.model === AUTO) {
    return { kind: 'auto', contenders: withoutRepeats([...listedFor(request, compiled), ...fallbacks]) };
  }
  const asked = resolveName(request.model, compiled, catalog, 'model');
  return { kind: 'named', contenders: withoutRepeats([...asked, ...fallbacks]) };
}

/** The task's list, then the default list behind it, so that a strategy has something to choose from. */
function listedFor({ features }: DecideRouteRequest, compiled: CompiledPolicy): Contender[] {
  const first = listFor(features, compiled);
  const name = first.task === null ? 'default' : first.task;
  const contenders = first.listed.map((listed, place) =>
    contender(listed, 'listed', place, `listed ${ordinal(place + 1)} for ${name}`),
  );
  if (first.task !== null) {
    const behind = compiled.defaults.listed.map((listed, place) =>
      contender(listed, 'listed', contenders.length + place, 'in the default list'),
    );
    contenders.push(...behind);
  }
  return contenders;
}

/** Declared name, then long context, then the guessed task; the default where the classifier abstained. */
function listFor(features: DecideRouteRequest['features'], compiled: CompiledPolicy): TaskList {
  const { byTask, defaults, policy } = compiled;
  if (features.declared !== null) return byTask.get(features.declared) ?? defaults;
  if (features.complexity.tier === 'long-context' && policy.tasks.long_context !== undefined) {
    return byTask.get('long_context') ?? defaults;
  }
  return features.abstained ? defaults : (byTask.get(features.task) ?? defaults);
}

function resolveName(name: string, compiled: CompiledPolicy, catalog: Catalog, param: string): Contender[] {
  const own = compiled.aliases.get(nameKey(name));
  if (own !== undefined) {
    return own.map((listed, place) => contender(listed, 'listed', place, `stands for ${name}`));
  }
  return fromResolution(name, catalog.resolve(name), param);
}

function fromResolution(name: string, resolution: Resolution, param: string): Contender[] {
  switch (resolution.kind) {
    case 'unknown-vendor':
      throw new SkeinError(
        'not_found',
        `Unknown vendor "${resolution.vendor}" in "${name}". Known vendors: ${VENDOR_IDS.join(', ')}.`,
        { param },
      );
    case 'unknown-model':
      throw new SkeinError(
        'not_found',
        `Unknown model "${name}". Ask for "auto", or write vendor/model to send a name the catalogue lacks.`,
        { param },
      );
    case 'explicit':
      return [
        { ...contender(listedFrom(resolution, resolution.notice), 'asked', 0, 'asked for by name'), byName: true },
      ];
    case 'alias':
    case 'bare':
      return resolution.candidates.map((candidate, place) =>
        contender(
          listedFrom(candidate, resolution.notice),
          'listed',
          place,
          resolution.kind === 'alias' ? `stands for ${name}` : servesAs(name, candidate.vendor),
        ),
      );
  }
}

function listedFrom(candidate: Candidate, notice: string | null): Listed {
  return { deployment: deploymentOf(candidate), notices: notice === null ? [] : [notice] };
}

function servesAs(name: string, vendor: string): string {
  return `serves ${name}${isVendorId(vendor) && vendorById(vendor).role === 'maker' ? ' as its maker' : ''}`;
}

function contender(listed: Listed, origin: Origin, place: number, because: string): Contender {
  return { deployment: listed.deployment, notices: listed.notices, origin, byName: false, place, because };
}

function withoutRepeats(contenders: readonly Contender[]): Contender[] {
  const seen = new Set<string>();
  return contenders.filter(({ deployment }) => !seen.has(deployment.id) && seen.add(deployment.id));
}

const SUFFIXES: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd', other: 'th' };
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });

function ordinal(place: number): string {
  return `${place}${SUFFIXES[ordinals.select(place)] ?? 'th'}`;
}
