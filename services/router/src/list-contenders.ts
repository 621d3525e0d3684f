import type { Contender } from './deployment.js';
import type { Listed } from './resolve-names.js';

/** The models of a list as contenders, each with its chain directly behind it; a model stands where it comes first. */
export function listContenders(
  listed: readonly Listed[],
  name: string,
  chains: ReadonlyMap<string, readonly Listed[]>,
): readonly Contender[] {
  const seen = new Set<string>();
  const contenders: Contender[] = [];
  const add = ({ deployment, notices }: Listed, because: string) => {
    if (seen.has(deployment.id)) return;
    seen.add(deployment.id);
    contenders.push({ deployment, origin: 'listed', byName: false, place: contenders.length, because, notices });
  };
  listed.forEach((entry, place) => {
    add(entry, `listed ${ordinal(place + 1)} for ${name}`);
    for (const next of chains.get(entry.deployment.id) ?? []) add(next, `in the chain of ${entry.deployment.id}`);
  });
  return contenders;
}

const SUFFIXES = ['th', 'st', 'nd', 'rd'];

/** By arithmetic: `Intl.PluralRules` takes a microsecond for each model of a list. */
function ordinal(place: number): string {
  const isTeen = Math.floor(place / 10) % 10 === 1;
  return `${place}${(!isTeen && SUFFIXES[place % 10]) || 'th'}`;
}
