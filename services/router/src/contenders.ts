/** From the model a caller wrote to the deployments in the running, before any wall. */
import { isVendorId, nameKey, VENDOR_IDS, vendorById, type Candidate, type Resolution } from '@skein/catalog';
import type { Tier } from '@skein/contracts/classifier';
import { SkeinError } from '@skein/contracts/errors';
import { operationTable, type PlainOperation } from '@skein/contracts/operation';
import type { DecideRouteRequest } from '@skein/contracts/router';
import { speaksOf } from './audience.js';
import type { Binding, CompiledPolicy, NamedList } from './compile-policy.js';
import type { Contender, Origin } from './deployment.js';
import { listContenders } from './list-contenders.js';
import type { Listed } from './resolve-names.js';

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
export function contendersFor(
  request: DecideRouteRequest,
  tier: Tier,
  binding: Binding | null,
  compiled: CompiledPolicy,
): Running {
  const fallbacks = fallbacksOf(request, compiled);
  if (request.model === AUTO && request.operation !== undefined && request.operation !== 'chat') {
    return {
      kind: 'auto',
      contenders: withoutRepeats([...madeFor(request.operation, compiled), ...fallbacks]),
    };
  }
  if (request.model === AUTO) {
    const listed = binding?.contenders ?? listFor(request.features, tier, compiled).contenders;
    const preferred = preferredBy(request, compiled);
    if (preferred.length === 0 && fallbacks.length === 0) return { kind: 'auto', contenders: listed };
    return { kind: 'auto', contenders: withoutRepeats([...preferred, ...listed, ...fallbacks]) };
  }
  const asked = resolveName(request.model, compiled, 'model');
  return { kind: 'named', contenders: withoutRepeats([...asked, ...chainsOf(asked, compiled), ...fallbacks]) };
}

/** What the catalogue has that is made for it, in its order; policies list models that chat. */
function madeFor(operation: PlainOperation, compiled: CompiledPolicy): readonly Contender[] {
  if (operation === 'embeddings') {
    throw new SkeinError(
      'invalid_request',
      'model: embeddings of different models do not compare, so "auto" cannot choose one. Name it, such as text-embedding-3-small.',
      { param: 'model' },
    );
  }
  return compiled.catalog.models
    .filter(({ kind, status }) => kind === operationTable[operation].kind && status !== 'deprecated')
    .map((record, place) => {
      const deployment = compiled.deploymentOf({ vendor: record.vendor, model: record.model, record });
      return contender({ deployment, notices: [] }, 'listed', place, `made for ${operation}`);
    });
}

/** Declared name, then long context, the tier, the guessed task; the default where the classifier abstained. */
function listFor(features: DecideRouteRequest['features'], tier: Tier, compiled: CompiledPolicy): NamedList {
  const { byTask, byTier, defaults, policy } = compiled;
  const declared = features.declared === null ? undefined : byTask.get(features.declared);
  if (declared !== undefined) return declared;
  const ofTier = byTier.get(tier);
  if (ofTier !== undefined) return ofTier;
  if (tier === 'long-context' && policy.tasks.long_context !== undefined) return byTask.get('long_context') ?? defaults;
  if (features.declared !== null || features.abstained) return defaults;
  return byTask.get(features.task) ?? defaults;
}

function preferredBy(request: DecideRouteRequest, { preferences }: CompiledPolicy): readonly Contender[] {
  if (preferences.length === 0) return [];
  return preferences
    .filter(({ who }) => speaksOf(who, request))
    .flatMap(({ contenders }) => contenders)
    .map((preferred, place) => ({ ...preferred, place }));
}

function fallbacksOf(request: DecideRouteRequest, compiled: CompiledPolicy): readonly Contender[] {
  const { fallbacks } = request.metadata;
  if (fallbacks === undefined) return [];
  return fallbacks.flatMap((name, index) =>
    resolveName(name, compiled, 'fallbacks').map((contender) => ({
      ...contender,
      origin: 'fallback' as const,
      place: index,
      because: `fallback ${index + 1} of the request`,
    })),
  );
}

/** What the policy puts behind models that were asked for. */
function chainsOf(asked: readonly Contender[], { chains }: CompiledPolicy): readonly Contender[] {
  if (chains.size === 0) return [];
  return asked.flatMap(({ deployment }) =>
    (chains.get(deployment.id) ?? []).map((listed, place) =>
      contender(listed, 'fallback', place, `in the chain of ${deployment.id}`),
    ),
  );
}

function resolveName(name: string, compiled: CompiledPolicy, param: string): readonly Contender[] {
  const own = compiled.aliases.get(nameKey(name));
  if (own !== undefined) {
    return listContenders(own, name, compiled.chains).map((listed) => ({ ...listed, because: `stands for ${name}` }));
  }
  return fromResolution(name, compiled.catalog.resolve(name), compiled, param);
}

function fromResolution(
  name: string,
  resolution: Resolution,
  compiled: CompiledPolicy,
  param: string,
): readonly Contender[] {
  const listedFrom = (candidate: Candidate, notice: string | null): Listed => ({
    deployment: compiled.deploymentOf(candidate),
    notices: notice === null ? [] : [notice],
  });
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
          listedFrom(compiled.pinned(candidate), resolution.notice),
          'listed',
          place,
          resolution.kind === 'alias' ? `stands for ${name}` : servesAs(name, candidate.vendor),
        ),
      );
  }
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
