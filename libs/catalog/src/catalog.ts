/**
 * A catalogue: frozen records and aliases with indexes over them. Built once from data; a model added at run time makes
 * a new catalogue with a new revision, so that a revision always means the same prices.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { computeCost } from './cost.js';
import { hasDrifted } from './drift.js';
import { bareName, nameKey } from './names.js';
import { isVendorId, vendorById, vendors } from './vendors.js';
import { unknownTerms } from './vendor-terms.js';
import type { Cost, CostTerms } from './cost.js';
import type { ModelRecord } from './model.js';
import type { UsageBuckets } from '@skein/contracts/attempt';
import type { VendorId } from './vendor.js';
import type { TermsByVendor, VendorTerms } from './vendor-terms.js';

export const aliasSchema = z.strictObject({
  name: z.string().min(1),
  /** `retired`: the vendor no longer serves it. `short`: a name that moves on with its family. */
  kind: z.enum(['retired', 'short']),
  /** Ids, the preferred first. */
  to: z.array(z.string()).min(1),
});

export type Alias = z.infer<typeof aliasSchema>;

/** A deployment that a name can mean. */
export interface Candidate {
  readonly vendor: VendorId;
  readonly model: string;
  /** null: the catalogue lacks it, so its price and limits are unknown. */
  readonly record: ModelRecord | null;
}

export type Resolution =
  | (Candidate & {
      readonly kind: 'explicit' | 'alias' | 'bare';
      /** A sentence for the caller where the name did not mean itself. */
      readonly notice: string | null;
      /** All that serve the name, the preferred first; the first is vendor, model and record above. */
      readonly candidates: readonly Candidate[];
    })
  | { readonly kind: 'unknown-vendor'; readonly name: string; readonly vendor: string }
  | { readonly kind: 'unknown-model'; readonly name: string };

export interface AttemptCost extends Cost {
  readonly price_revision: string;
}

export interface Catalog {
  /** Changes with any record or alias; goes into postings and traces. */
  readonly revision: string;
  /** All records, sorted by id. */
  readonly models: readonly ModelRecord[];
  readonly aliases: readonly Alias[];
  modelsOf(vendor: VendorId): readonly ModelRecord[];
  recordOf(vendor: VendorId, model: string): ModelRecord | null;
  resolve(name: string): Resolution;
  /** By vendor; a vendor that is not in it is unknown. */
  readonly terms: TermsByVendor;
  /** The terms of a model's vendor, of the model itself where it is known. */
  termsOf(vendor: VendorId, record: ModelRecord | null): VendorTerms;
  costOfAttempt(record: ModelRecord | null, usage: UsageBuckets, onDate?: string, terms?: CostTerms): AttemptCost;
  /** Whether the model a vendor says it served is another than it was asked for. */
  hasDrifted(vendor: VendorId, asked: string, served: string | null): boolean;
}

/** Freezes and indexes records and aliases. Throws on a duplicate id and on an alias that leads nowhere. */
export function createCatalog(
  records: readonly ModelRecord[],
  aliases: readonly Alias[],
  terms: TermsByVendor = new Map(),
): Catalog {
  const models = deepFreeze([...records].sort((a, b) => (a.id < b.id ? -1 : 1)));
  const byId = indexById(models);
  const byAlias = indexAliases(aliases, byId);
  const byBareName = indexBareNames(models);
  const revision = revisionOf(models, aliases, terms);

  const recordOf = (vendor: VendorId, model: string) =>
    byId.get(`${vendor}/${model}`) ?? byId.get(`${vendor}/${undated(model)}`) ?? null;

  function resolve(name: string): Resolution {
    const slash = name.indexOf('/');
    if (slash >= 0) return resolveExplicit(name, slash);
    const key = nameKey(name);
    const alias = byAlias.get(key);
    if (alias)
      return chosen(
        'alias',
        aliasNotice(name, alias),
        alias.to.map((id) => candidateOf(byId, id)),
      );
    const serving = byBareName.get(key);
    if (serving) return chosen('bare', null, preferred(name, serving));
    const pinned = byBareName.get(nameKey(undated(name)))?.filter(isOfMaker) ?? [];
    return pinned.length > 0 ? chosen('bare', null, pinsOf(name, pinned)) : { kind: 'unknown-model', name };
  }

  function resolveExplicit(name: string, slash: number): Resolution {
    const vendor = name.slice(0, slash);
    const model = name.slice(slash + 1);
    if (!isVendorId(vendor)) return { kind: 'unknown-vendor', name, vendor };
    if (model === '') return { kind: 'unknown-model', name };
    const record = recordOf(vendor, model);
    return chosen('explicit', explicitNotice(name, record), [{ vendor, model, record }]);
  }

  return Object.freeze({
    revision,
    models,
    aliases: Object.freeze([...aliases]),
    terms,
    modelsOf: (vendor: VendorId) => models.filter((record) => record.vendor === vendor),
    recordOf,
    resolve,
    termsOf: (vendor: VendorId, record: ModelRecord | null) => record ?? terms.get(vendor) ?? unknownTerms,
    costOfAttempt: (record: ModelRecord | null, usage: UsageBuckets, onDate?: string, of?: CostTerms) => ({
      ...computeCost(record, usage, onDate, of),
      price_revision: revision,
    }),
    hasDrifted: (vendor: VendorId, asked: string, served: string | null) => {
      const record = recordOf(vendor, asked);
      return !(record === null && namesAreTheOperators(vendor)) && hasDrifted(asked, served, record);
    },
  });
}

function indexById(models: readonly ModelRecord[]): Map<string, ModelRecord> {
  const byId = new Map<string, ModelRecord>();
  for (const record of models) {
    if (byId.has(record.id)) throw new Error(`${record.id} is in the catalogue twice`);
    byId.set(record.id, record);
  }
  // A pin has its own record where prices differ; only other names lead to the model they are served by.
  for (const record of models) {
    for (const name of record.served_as) {
      const id = `${record.vendor}/${name}`;
      if (!byId.has(id)) byId.set(id, record);
    }
  }
  return byId;
}

function indexAliases(aliases: readonly Alias[], byId: ReadonlyMap<string, ModelRecord>): Map<string, Alias> {
  const byKey = new Map<string, Alias>();
  for (const alias of aliases) {
    const dangling = alias.to.find((id) => !byId.has(id));
    if (dangling) throw new Error(`alias ${alias.name} leads to ${dangling}, which the catalogue does not have`);
    if (byKey.has(nameKey(alias.name))) throw new Error(`alias ${alias.name} is stated twice`);
    byKey.set(nameKey(alias.name), alias);
  }
  return byKey;
}

/** One record per vendor and bare name: makers before hosts, then in the order of the vendor table. */
function indexBareNames(models: readonly ModelRecord[]): Map<string, ModelRecord[]> {
  const rank = new Map(vendors.map(({ id, role }, place) => [id, (role === 'maker' ? 0 : vendors.length) + place]));
  const placeOf = (record: ModelRecord) => rank.get(record.vendor) ?? vendors.length * 2;
  const byKey = new Map<string, ModelRecord[]>();
  for (const record of models) {
    for (const name of new Set([record.model, ...record.served_as].map(bareName))) {
      const serving = byKey.get(nameKey(name)) ?? [];
      if (!serving.includes(record)) byKey.set(nameKey(name), [...serving, record]);
    }
  }
  for (const serving of byKey.values()) serving.sort((a, b) => placeOf(a) - placeOf(b));
  return byKey;
}

/** One candidate per vendor; among several of one vendor the one spelled as asked, then the one still served. */
function preferred(name: string, serving: readonly ModelRecord[]): Candidate[] {
  const worth = (record: ModelRecord) =>
    (bareName(record.model) === name ? 2 : 0) + (record.status === 'active' ? 1 : 0);
  const best = new Map<VendorId, ModelRecord>();
  for (const record of serving) {
    const rival = best.get(record.vendor);
    if (!rival || worth(record) > worth(rival)) best.set(record.vendor, record);
  }
  return [...best.values()].map((record) => ({ vendor: record.vendor, model: pinnedName(record, name), record }));
}

/** A maker serves dated pins of its models at their price; a pin that differs has a record of its own. */
function undated(name: string): string {
  return name.replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '');
}

/** A deployment of one's own has a name of one's own, from which nothing can be told. */
function namesAreTheOperators(vendor: VendorId): boolean {
  const { defaultBaseUrl, keyVariable } = vendorById(vendor);
  return defaultBaseUrl === null || keyVariable === null;
}

function isOfMaker(record: ModelRecord): boolean {
  return vendorById(record.vendor).role === 'maker';
}

function pinsOf(name: string, records: readonly ModelRecord[]): Candidate[] {
  return records.map((record) => ({ vendor: record.vendor, model: name, record }));
}

/** A name that is a pin of the record is asked for as that pin. */
function pinnedName(record: ModelRecord, name: string): string {
  if (nameKey(bareName(record.model)) === nameKey(name)) return record.model;
  return record.served_as.find((other) => nameKey(bareName(other)) === nameKey(name)) ?? record.model;
}

function candidateOf(byId: ReadonlyMap<string, ModelRecord>, id: string): Candidate {
  const record = byId.get(id);
  if (!record) throw new RangeError(`${id} is not in the catalogue`);
  return { vendor: record.vendor, model: record.model, record };
}

function chosen(
  kind: 'explicit' | 'alias' | 'bare',
  notice: string | null,
  candidates: readonly Candidate[],
): Resolution {
  const [first] = candidates;
  if (!first) throw new RangeError('a resolved name has at least one candidate');
  return { kind, ...first, notice, candidates };
}

function aliasNotice(name: string, { kind, to: [target] }: Alias): string {
  return kind === 'retired'
    ? `${name} is retired; ${target} stands in for it`
    : `${name} is a short name; it now means ${target}`;
}

function explicitNotice(name: string, record: ModelRecord | null): string | null {
  if (!record) return `${name} is not in the catalogue; its price is unknown`;
  return record.status === 'deprecated' ? `${name} is deprecated by its vendor` : null;
}

function revisionOf(models: readonly ModelRecord[], aliases: readonly Alias[], terms: TermsByVendor): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([models, aliases, [...terms]]))
    .digest('hex');
  return `cat-${digest.slice(0, 12)}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
