/** Floating names and the dated names they mean. */
import type { Catalog } from './catalog.js';

/** Which names are pinned: those that say `latest`, every one whose dated name is known, or none. */
export type PinMode = 'latest' | 'all' | 'off';

const SAYS_LATEST = /(^|[-.:])latest$/;

/** `vendor/model` → dated name, as the catalogue knows it: what a policy revision keeps, so that it goes on meaning the same. */
export function pinsOf(catalog: Pick<Catalog, 'models'>, mode: PinMode): Record<string, string> {
  if (mode === 'off') return {};
  const pinned = catalog.models.flatMap(({ id, model, pin }): [string, string][] =>
    pin !== null && (mode === 'all' || SAYS_LATEST.test(model)) ? [[id, pin]] : [],
  );
  return Object.fromEntries(pinned);
}
