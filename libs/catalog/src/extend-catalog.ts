/**
 * What an operator knows better, laid over a catalogue: models, negotiated prices, channels, the currency of the account,
 * regions, agreements, rates. Pure: a catalogue in, another with another revision out, or the problems with their paths.
 */
import { createCatalog } from './catalog.js';
import { DOLLARS, inDollars, picoBuckets, timesFactor } from './currency.js';
import { CAPABILITIES } from './model.js';
import { scaleDecimal } from './money.js';
import { catalogTask } from './tasks.js';
import { unknownTerms } from './vendor-terms.js';
import { isVendorId } from './vendors.js';
import type { AddedModel, CatalogAdditions, StatedPrice } from '@skein/contracts/router';
import type { Catalog } from './catalog.js';
import type { Capability, ExchangeRate, ModelRecord, PriceList, PricePeriod } from './model.js';
import type { VendorId } from './vendor.js';
import type { TermsByVendor, VendorTerms } from './vendor-terms.js';

/** What is wrong with an addition, and where it stands in the policy. */
export interface AdditionProblem {
  readonly path: string;
  readonly message: string;
}

export type Extension = { readonly catalog: Catalog } | { readonly problems: readonly AdditionProblem[] };

/** Lays additions over a catalogue. All of them or none: one that leads nowhere is a problem, told with its path. */
export function extendCatalog(base: Catalog, additions: CatalogAdditions): Extension {
  const problems: AdditionProblem[] = [];
  checkVendors(additions, problems);
  const rates = ratesOf(base, additions);
  const added = new Map<string, ModelRecord>();
  additions.models.forEach((model, index) => {
    const path = `catalog.models.${index}`;
    if (added.has(model.id)) problems.push({ path: `${path}.id`, message: `${model.id} is stated twice` });
    const record = addedRecord(base, model, rates, (field, message) =>
      problems.push({ path: `${path}.${field}`, message }),
    );
    if (record) added.set(model.id, record);
  });
  const records = [...base.models.filter(({ id }) => !added.has(id)), ...added.values()].map((record) =>
    // Prices that an operator states are what he pays: no list price is multiplied for them.
    onOperatorsTerms(record, additions, rates, hasOwnPrices(additions, record.id)),
  );
  for (const [vendor, currency] of Object.entries(additions.bills_in)) {
    const isListed = records.some((record) => record.vendor === vendor && record.exchange?.currency === currency);
    if (currency !== 'USD' && !isListed)
      problems.push({ path: `catalog.bills_in.${vendor}`, message: `no price list in ${currency}` });
  }
  if (problems.length > 0) return { problems };
  return { catalog: createCatalog(records, base.aliases, operatorsTerms(base.terms, additions)) };
}

/** Extensions that were made lately, so that the rooms of one process share one catalogue. */
const made = new Map<string, Extension>();
const KEPT = 8;

/** `extendCatalog`, made once for the same additions. Without additions it is the catalogue itself. */
export function catalogWith(base: Catalog, additions: CatalogAdditions | undefined): Extension {
  if (additions === undefined) return { catalog: base };
  const key = `${base.revision}\n${JSON.stringify(additions)}`;
  const known = made.get(key);
  if (known) return known;
  const extension = extendCatalog(base, additions);
  const [oldest] = made.keys();
  if (made.size >= KEPT && oldest !== undefined) made.delete(oldest);
  made.set(key, extension);
  return extension;
}

function checkVendors(additions: CatalogAdditions, problems: AdditionProblem[]): void {
  for (const part of ['channels', 'bills_in', 'agreements', 'regions'] as const) {
    for (const vendor of Object.keys(additions[part])) {
      if (!isVendorId(vendor)) problems.push({ path: `catalog.${part}.${vendor}`, message: 'unknown vendor' });
    }
  }
  for (const [vendor, { price_factor: factor }] of Object.entries(additions.channels)) {
    if (scaleDecimal(factor, 6).value === 0n)
      problems.push({ path: `catalog.channels.${vendor}.price_factor`, message: 'must be over 0' });
  }
  for (const [currency, { per_usd: perUsd }] of Object.entries(additions.currencies)) {
    if (scaleDecimal(perUsd, 6).value === 0n)
      problems.push({ path: `catalog.currencies.${currency}.per_usd`, message: 'must be over 0' });
  }
}

/** The release's rates, each replaced by the operator's where he states one. */
function ratesOf(base: Catalog, additions: CatalogAdditions): Map<string, ExchangeRate> {
  const rates = new Map<string, ExchangeRate>([['USD', DOLLARS]]);
  for (const { exchange, price_lists: lists } of base.models) {
    for (const rate of [exchange, ...Object.values(lists).map((list) => list.exchange)]) {
      if (rate) rates.set(rate.currency, rate);
    }
  }
  for (const [currency, rate] of Object.entries(additions.currencies)) rates.set(currency, { currency, ...rate });
  return rates;
}

function hasOwnPrices({ models }: CatalogAdditions, id: string): boolean {
  return models.some((model) => model.id === id && model.prices !== undefined);
}

type Complain = (field: string, what: string) => void;

function addedRecord(
  base: Catalog,
  added: AddedModel,
  rates: ReadonlyMap<string, ExchangeRate>,
  complain: Complain,
): ModelRecord | null {
  const slash = added.id.indexOf('/');
  const vendor = added.id.slice(0, slash);
  const model = added.id.slice(slash + 1);
  if (!isVendorId(vendor)) {
    complain('id', `unknown vendor "${vendor}"`);
    return null;
  }
  const own = base.models.find(({ id }) => id === added.id);
  const template = added.like === undefined ? own : base.models.find(({ id }) => id === added.like);
  if (added.like !== undefined && !template) complain('like', `${added.like} is not in the catalogue`);
  const start = template
    ? { ...template, ...identity(vendor, model, template, own, base) }
    : blank(vendor, model, base);
  const priced = pricesOf(added, rates, complain);
  return {
    ...start,
    ...(added.kind !== undefined && { kind: added.kind }),
    ...(added.context_window !== undefined && { context_window: added.context_window }),
    ...(added.max_output_tokens !== undefined && { max_output_tokens: added.max_output_tokens }),
    ...(added.quality !== undefined && { quality: added.quality }),
    ...(added.regions !== undefined && { regions: added.regions }),
    ...(added.compliance !== undefined && {
      compliance: added.compliance.map((evidence) => ({ ...evidence, agreed: true })),
    }),
    ...(added.pin !== undefined && { pin: added.pin }),
    ...priced,
    capabilities: capabilitiesOf(start, added, complain),
    quality_by_task: { ...start.quality_by_task, ...qualityOf(added, complain) },
  };
}

/** What is not copied from a model of another name: who serves it, under which names and on whose terms. */
function identity(vendor: VendorId, model: string, like: ModelRecord, own: ModelRecord | undefined, base: Catalog) {
  const id = `${vendor}/${model}`;
  if (own && like.id === own.id) return { id, vendor, model };
  return { id, vendor, model, served_as: [], pin: null, status: 'active' as const, ...base.termsOf(vendor, null) };
}

function blank(vendor: VendorId, model: string, base: Catalog): ModelRecord {
  const { compliance, regions, batch, channel } = base.termsOf(vendor, null);
  return {
    id: `${vendor}/${model}`,
    vendor,
    model,
    kind: 'chat',
    status: 'active',
    context_window: null,
    max_output_tokens: null,
    capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, null])) as ModelRecord['capabilities'],
    quality: null,
    quality_by_task: {},
    quality_evidence: [],
    prices: [],
    price_source: null,
    price_date: null,
    exchange: null,
    stated_prices: null,
    price_lists: {},
    pin: null,
    served_as: [],
    compliance,
    regions,
    batch,
    channel,
  };
}

function pricesOf(
  { prices }: AddedModel,
  rates: ReadonlyMap<string, ExchangeRate>,
  complain: Complain,
): Partial<ModelRecord> {
  const first = prices?.[0];
  if (!prices || !first) return {};
  if (prices.some(({ currency }) => currency !== first.currency)) complain('prices', 'state one currency');
  const rate = rates.get(first.currency);
  if (!rate) {
    complain('prices', `no exchange rate for ${first.currency}; state it in catalog.currencies`);
    return {};
  }
  const starts = prices.map(({ from }) => from ?? '');
  if (starts.some((start, index) => index > 0 && start <= (starts[index - 1] ?? '')))
    complain('prices', 'must ascend by "from"');
  const stated = periodsOf(prices, complain);
  return {
    prices: inDollars(stated, rate),
    price_source: 'the operator',
    price_date: prices.at(-1)?.from ?? null,
    ...(first.currency === 'USD' ? { exchange: null, stated_prices: null } : { exchange: rate, stated_prices: stated }),
    price_lists: {},
  };
}

function periodsOf(prices: readonly StatedPrice[], complain: Complain): PricePeriod[] {
  try {
    return prices.map((price) => ({ from: price.from, base: picoBuckets(price, price.per), tiers: [] }));
  } catch (error) {
    complain('prices', error instanceof Error ? error.message : String(error));
    return [];
  }
}

function capabilitiesOf(start: ModelRecord, added: AddedModel, complain: Complain): ModelRecord['capabilities'] {
  const stated: [string, boolean][] = [
    ...(added.can ?? []).map((name): [string, boolean] => [name, true]),
    ...(added.cannot ?? []).map((name): [string, boolean] => [name, false]),
  ];
  for (const [name, can] of stated) {
    if (!isCapability(name)) complain(can ? 'can' : 'cannot', `"${name}" is none of ${CAPABILITIES.join(', ')}`);
  }
  return { ...start.capabilities, ...Object.fromEntries(stated.filter(([name]) => isCapability(name))) };
}

function isCapability(name: string): name is Capability {
  return CAPABILITIES.some((known) => known === name);
}

function qualityOf({ quality_by_task: stated }: AddedModel, complain: Complain): ModelRecord['quality_by_task'] {
  const scores = Object.entries(stated ?? {}).flatMap(([name, score]) => {
    const task = catalogTask(name);
    if (task === null) complain(`quality_by_task.${name}`, 'unknown task');
    return task === null ? [] : [[task, score] as const];
  });
  return Object.fromEntries(scores);
}

/** A record on the operator's own terms: his currency first, then what his channel takes off it. */
function onOperatorsTerms(
  record: ModelRecord,
  additions: CatalogAdditions,
  rates: ReadonlyMap<string, ExchangeRate>,
  isPriceOwn: boolean,
): ModelRecord {
  const { vendor } = record;
  const terms = { ...record, ...termsWith(record, vendor, additions, statesRegions(additions, record.id)) };
  if (isPriceOwn) return terms;
  const list = record.price_lists[additions.bills_in[vendor] ?? ''];
  const billed = atRate(list ? onList(terms, list) : terms, rates);
  const factor = additions.channels[vendor]?.price_factor;
  return factor === undefined ? billed : { ...billed, prices: timesFactor(billed.prices, factor) };
}

function onList(record: ModelRecord, { stated, exchange, source, date }: PriceList): ModelRecord {
  const prices = inDollars(stated, exchange);
  return { ...record, prices, stated_prices: stated, exchange, price_source: source, price_date: date };
}

/** Prices that were converted at the release's rate, at the operator's. */
function atRate(record: ModelRecord, rates: ReadonlyMap<string, ExchangeRate>): ModelRecord {
  const rate = record.exchange && rates.get(record.exchange.currency);
  if (!rate || record.stated_prices === null) return record;
  return { ...record, exchange: rate, prices: inDollars(record.stated_prices, rate) };
}

function statesRegions({ models }: CatalogAdditions, id: string): boolean {
  return models.some((model) => model.id === id && model.regions !== undefined);
}

function termsWith(
  terms: VendorTerms,
  vendor: VendorId,
  additions: CatalogAdditions,
  keepsRegions: boolean,
): VendorTerms {
  const agreed = additions.agreements[vendor] ?? [];
  return {
    batch: terms.batch,
    compliance: terms.compliance.map((term) => ({ ...term, agreed: term.agreed || agreed.includes(term.tag) })),
    regions: keepsRegions ? terms.regions : (additions.regions[vendor] ?? terms.regions),
    channel: additions.channels[vendor] ?? terms.channel,
  };
}

function operatorsTerms(base: TermsByVendor, additions: CatalogAdditions): TermsByVendor {
  const vendors = new Set([
    ...base.keys(),
    ...[additions.agreements, additions.regions, additions.channels].flatMap((part) => Object.keys(part)),
  ]);
  return new Map(
    [...vendors]
      .filter(isVendorId)
      .map((vendor) => [vendor, termsWith(base.get(vendor) ?? unknownTerms, vendor, additions, false)]),
  );
}
