/** Revisions that were in force, the newest first: what of them is kept, and how one is found by what people call it. */
import { SkeinError } from '@skein/contracts/errors';
import type { KeptVersion, PolicyRevision } from '@skein/contracts/router';
import { presets, isPresetName } from './presets.js';
import { revisionOf } from './read-policy.js';

/** A bucket's entry must stay well under what NATS lets through in one message. */
const MOST_BYTES = 512 * 1024;
const MOST_VERSIONS = 50;
const PRESET = 'preset:';

/** The history with one more version at its head; the oldest fall off where there are too many. */
export function withVersion(versions: readonly KeptVersion[], version: KeptVersion): KeptVersion[] {
  const kept: KeptVersion[] = [];
  let bytes = 0;
  for (const one of [version, ...versions].slice(0, MOST_VERSIONS)) {
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (bytes > MOST_BYTES && kept.length > 0) break;
    kept.push(one);
  }
  return kept;
}

/** Finds a version by `current`, by its revision or the beginning of it, or a preset. Throws `not_found`. */
export function findVersion(
  versions: readonly KeptVersion[],
  current: PolicyRevision | null,
  reference: string,
): KeptVersion {
  if (reference.startsWith(PRESET)) return presetVersion(reference.slice(PRESET.length));
  const wanted = reference === 'current' ? (current?.revision ?? '') : reference;
  const found =
    versions.find(({ revision }) => revision === wanted) ??
    onlyOne(versions.filter(({ revision }) => revision.startsWith(wanted)));
  if (found !== undefined && wanted !== '') return found;
  if (current !== null && wanted === current.revision)
    return { ...current, name: current.policy.name, at: 0, by: 'unknown', note: null };
  throw new SkeinError('not_found', `There is no policy revision "${reference}"`, { param: 'revision' });
}

function onlyOne(versions: readonly KeptVersion[]): KeptVersion | undefined {
  return new Set(versions.map(({ revision }) => revision)).size === 1 ? versions[0] : undefined;
}

function presetVersion(name: string): KeptVersion {
  if (!isPresetName(name))
    throw new SkeinError('not_found', `There is no preset "${name}"; there are ${Object.keys(presets).join(', ')}`);
  const { policy, about } = presets[name];
  return { ...revisionOf(policy), name: policy.name, at: 0, by: 'built-in', note: about };
}
