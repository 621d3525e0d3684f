// Reads pydantic/genai-prices (data_slim.json): which entry prices a model name, and its prices in our form.
import { picoUsdPerToken } from '../src/money.ts';

const BUCKETS = {
  input_mtok: 'input',
  cache_read_mtok: 'cache_read',
  cache_write_mtok: 'cache_write_5m',
  input_audio_mtok: 'audio_in',
  output_mtok: 'output',
  output_audio_mtok: 'audio_out',
};
// Cached audio has no bucket of its own in our usage: it counts as cached input.
const IGNORED = new Set(['cache_audio_read_mtok']);
const PICO_PER_REQUEST_OF_USD_PER_THOUSAND = 1_000_000_000;

/** Whether an entry's rule covers a model name. */
export function matches(rule, name) {
  if ('or' in rule) return rule.or.some((one) => matches(one, name));
  if ('and' in rule) return rule.and.every((one) => matches(one, name));
  if ('equals' in rule) return name === rule.equals;
  if ('starts_with' in rule) return name.startsWith(rule.starts_with);
  if ('ends_with' in rule) return name.endsWith(rule.ends_with);
  if ('contains' in rule) return name.includes(rule.contains);
  if ('regex' in rule) return new RegExp(rule.regex).test(name);
  throw new Error(`unknown match rule: ${JSON.stringify(rule)}`);
}

/** The names an entry lists one by one. */
export function listedNames(rule) {
  if ('or' in rule) return rule.or.flatMap(listedNames);
  return 'equals' in rule ? [rule.equals] : [];
}

/** Price periods of an entry, ascending; null where it prices by the time of day, which we do not. */
export function periodsOf(entry) {
  const stated = Array.isArray(entry.prices) ? entry.prices : [{ prices: entry.prices }];
  if (stated.some(({ constraint }) => constraint && 'start_time' in constraint)) return null;
  return stated
    .map(({ constraint, prices }) => ({ from: constraint?.start_date ?? null, ...bucketsOf(entry.id, prices) }))
    .sort((a, b) => (a.from ?? '').localeCompare(b.from ?? ''));
}

function bucketsOf(id, prices) {
  const base = {};
  const tiers = new Map();
  for (const [field, price] of Object.entries(prices)) {
    if (IGNORED.has(field)) continue;
    if (field === 'requests_kcount') {
      base.per_request = price * PICO_PER_REQUEST_OF_USD_PER_THOUSAND;
      continue;
    }
    const bucket = BUCKETS[field];
    if (!bucket) throw new Error(`${id}: unknown price field ${field}`);
    if (typeof price === 'number') {
      base[bucket] = exactPico(id, price);
      continue;
    }
    base[bucket] = exactPico(id, price.base);
    for (const { start, price: above } of price.tiers) {
      tiers.set(start, { ...tiers.get(start), [bucket]: exactPico(id, above) });
    }
  }
  return { base, tiers: tierList(tiers) };
}

/** USD per million tokens as pico-USD per token; a price that is not a whole number of them fails the build. */
export function exactPico(id, usdPerMillion) {
  const { value, exact } = picoUsdPerToken(usdPerMillion);
  if (!exact) throw new Error(`${id}: ${usdPerMillion} USD per million is not a whole number of pico-USD per token`);
  return value;
}

export function tierList(tiers) {
  return [...tiers].sort(([a], [b]) => a - b).map(([over_tokens, prices]) => ({ over_tokens, prices }));
}
