// Reads the compact snapshot of models.dev: capabilities, limits, status, and prices where nobody states better ones.
import { exactPico, tierList } from './genai-prices.mjs';

/** The entry of a model with what it inherits through `base_model`; a base the snapshot lacks leaves gaps. */
export function resolved(providers, provider, model) {
  const entry = providers[provider][model];
  if (!entry.base_model) return entry;
  const base = baseOf(providers, entry.base_model) ?? {};
  const merged = { ...base, ...entry, limit: { ...base.limit, ...entry.limit } };
  for (const field of entry.base_model_omit ?? []) delete merged[field];
  // A status says what one vendor does; it is not inherited.
  merged.status = entry.status;
  return merged;
}

/** A full entry of the same model name anywhere in the snapshot. */
export function fullEntryNamed(providers, name) {
  for (const models of Object.values(providers)) {
    for (const [id, entry] of Object.entries(models)) {
      if (!entry.base_model && lastSegment(id).toLowerCase() === lastSegment(name).toLowerCase()) return entry;
    }
  }
  return undefined;
}

function baseOf(providers, reference) {
  const [maker, ...rest] = reference.split('/');
  const own = providers[maker]?.[rest.join('/')];
  return own && !own.base_model ? own : fullEntryNamed(providers, reference);
}

const lastSegment = (id) => id.slice(id.lastIndexOf('/') + 1);

/** What a model can and can not do; what the entry does not say is in neither list. */
export function capabilitiesOf(entry) {
  const input = entry.modalities?.input;
  const takes = (modality) => (input ? input.includes(modality) : undefined);
  const stated = {
    tools: entry.tool_call,
    vision: takes('image'),
    audio_in: takes('audio'),
    video_in: takes('video'),
    documents: takes('pdf'),
    json_schema: entry.structured_output,
    reasoning: entry.reasoning,
    temperature: entry.temperature,
  };
  const named = (answer) => Object.keys(stated).filter((name) => stated[name] === answer);
  return { can: named(true), cannot: named(false) };
}

/** The entry's prices as one period since ever; undefined where it states none. */
export function periodOf(id, cost, thinkingHasItsOwnPrice) {
  if (cost?.input === undefined) return undefined;
  const tiers = new Map();
  for (const { tier, ...prices } of cost.tiers ?? []) tiers.set(tier.size, bucketsOf(id, prices));
  const base = bucketsOf(id, cost);
  if (thinkingHasItsOwnPrice && cost.reasoning !== undefined && cost.reasoning !== cost.output) {
    base.output_thinking = exactPico(id, cost.reasoning);
  }
  return { from: null, base, tiers: tierList(tiers) };
}

function bucketsOf(id, cost) {
  const stated = {
    input: cost.input,
    cache_read: cost.cache_read ?? cost.cached_input,
    cache_write_5m: cost.cache_write,
    audio_in: cost.input_audio,
    output: cost.output,
    audio_out: cost.output_audio,
  };
  const known = Object.entries(stated).filter(([, price]) => price !== undefined);
  return Object.fromEntries(known.map(([bucket, price]) => [bucket, exactPico(id, withoutNoise(price))]));
}

/** Some prices were divided by machine (0.049999999999999996); a list price has no twelve digits. */
function withoutNoise(price) {
  return Number(price.toPrecision(12));
}
