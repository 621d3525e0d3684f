/** What an operator says about one vendor, and what follows from it: live, sandboxed, or not to be served. */
import { z } from 'zod';
import { SettingsError, secretSetting, setting, type Setting, type SettingsOf } from '@skein/config';
import type { Vendor } from '@skein/catalog';
import { deploymentList, readKeys, type ListedDeployment } from './read-deployments.js';

const DEFAULT_CONCURRENCY = 256;
const SANDBOX_KEY = 'sandbox';

type VendorSettingsSpec = Record<string, Setting<string | number | readonly ListedDeployment[] | undefined>>;
export type VendorSettings = SettingsOf<VendorSettingsSpec>;

/** One place a vendor is called at. */
export interface SiteSettings {
  readonly id: string;
  readonly baseUrl: string;
  /** As the operator named it; null where he did not, or the vendor has none. */
  readonly region: string | null;
  /** In order of preference; none where the vendor needs none. */
  readonly keys: readonly string[];
  /** Its share of the attempts, against the others. */
  readonly weight: number;
}

/** Where and how a vendor is called: at the first place, and at others, where the operator lists several. */
export interface Deployment extends SiteSettings {
  readonly mode: 'live' | 'sandbox';
  readonly others: readonly SiteSettings[];
  /** Attempts at once. */
  readonly concurrency: number;
}

const url = z.url({ protocol: /^(?:https?|wss?)$/, message: 'must be an http or https URL, or a ws or wss one' });
const regionName = z.string().regex(/^[a-z0-9-]+$/, { error: 'must be the name of a region, such as eu-central-1' });
const count = z.coerce.number().int().positive();

const keyVariableOf = (vendor: Vendor) => vendor.keyVariable ?? vendor.optionalKeyVariable;
const deploymentsVariableOf = (vendor: Vendor) => `${vendor.id.toUpperCase()}_DEPLOYMENTS`;
const concurrencyVariableOf = (vendor: Vendor) => `${vendor.id.toUpperCase()}_CONCURRENCY`;

/** The settings a vendor's room reads. */
export function vendorSettings(vendor: Vendor): VendorSettingsSpec {
  const spec: VendorSettingsSpec = {
    [vendor.baseUrlVariable]: setting(url.optional(), `Where ${vendor.id} is called, instead of its own address.`),
    [concurrencyVariableOf(vendor)]: setting(count.optional(), `Attempts this worker runs at ${vendor.id} at once.`),
    WORKER_CONCURRENCY: setting(
      count.default(DEFAULT_CONCURRENCY),
      'Attempts a worker runs at once, unless its vendor says otherwise.',
    ),
    SANDBOX_URL: setting(url.optional(), 'The sandbox that stands in for vendors without a key.'),
  };
  spec[deploymentsVariableOf(vendor)] = secretSetting(
    deploymentList.optional(),
    `Several places ${vendor.id} is called at, as a list in YAML or JSON: id, base_url, region, keys, weight.`,
  );
  if (vendor.regional !== null) {
    const { variable } = vendor.regional;
    spec[variable] = setting(regionName.optional(), `Region of ${vendor.id}; with it ${vendor.id} has an address.`);
  }
  const keyVariable = keyVariableOf(vendor);
  if (keyVariable !== null) {
    spec[keyVariable] = secretSetting(z.string().optional(), `Key of ${vendor.id}; several are separated by commas.`);
  }
  return spec;
}

/**
 * Decides how a vendor is served: live where the operator lists deployments, or with a key (or, where it needs none, with a
 * base URL of its own); else from the sandbox where there is one. Throws SettingsError, naming the variable to set, where it
 * can be none of these.
 */
export function chooseDeployment(vendor: Vendor, settings: VendorSettings): Deployment {
  const text = (name: string | null) => (name === null ? undefined : (settings[name] as string | undefined));
  const keys = readKeys(text(keyVariableOf(vendor)));
  const ownBaseUrl = text(vendor.baseUrlVariable);
  const concurrency = Number(settings[concurrencyVariableOf(vendor)] ?? settings.WORKER_CONCURRENCY);
  const region = text(vendor.regional?.variable ?? null) ?? null;
  const listed = settings[deploymentsVariableOf(vendor)] as readonly ListedDeployment[] | undefined;
  const plain = { keys, region, ownBaseUrl };
  if (listed !== undefined) {
    const [first, ...others] = listed.map((one, place) => siteOf(vendor, one, place, plain));
    if (first !== undefined) return { ...first, others, mode: 'live', concurrency };
  }
  const baseUrl = ownBaseUrl ?? baseUrlIn(vendor, region);
  const isLive = vendor.keyVariable === null ? ownBaseUrl !== undefined : keys.length > 0;
  const only = { id: '1', weight: 1, others: [], region, concurrency };
  if (isLive && baseUrl !== null) return { ...only, mode: 'live', baseUrl, keys };
  const sandbox = text('SANDBOX_URL');
  if (sandbox !== undefined && !isLive) {
    return { ...only, mode: 'sandbox', baseUrl: sandboxUrl(sandbox, vendor), keys: [SANDBOX_KEY] };
  }
  const addressVariable = vendor.regional?.variable ?? vendor.baseUrlVariable;
  const missing = isLive || vendor.keyVariable === null ? addressVariable : vendor.keyVariable;
  throw new SettingsError([
    `${missing} is not set: without it ${vendor.id} cannot be called, and no SANDBOX_URL stands in`,
  ]);
}

/** The vendor's own address, in a region where it has one for each; null where only the operator can know it. */
function baseUrlIn({ regional, defaultBaseUrl }: Vendor, region: string | null): string | null {
  return region === null || regional === null ? defaultBaseUrl : regional.baseUrl.replace('{region}', region);
}

/** One listed deployment; what it does not say is as for the vendor. Throws SettingsError where something is missing. */
function siteOf(
  vendor: Vendor,
  listed: ListedDeployment,
  place: number,
  plain: { keys: readonly string[]; region: string | null; ownBaseUrl: string | undefined },
): SiteSettings {
  const id = listed.id ?? String(place + 1);
  const region = listed.region ?? plain.region;
  const keys = listed.keys === undefined ? plain.keys : readKeys(listed.keys);
  const baseUrl = listed.base_url ?? plain.ownBaseUrl ?? baseUrlIn(vendor, region);
  const variable = deploymentsVariableOf(vendor);
  if (baseUrl === null) throw new SettingsError([`${variable}: deployment "${id}" has no base_url`]);
  if (keys.length === 0 && vendor.keyVariable !== null) {
    throw new SettingsError([`${variable}: deployment "${id}" has no keys, and ${vendor.keyVariable} is not set`]);
  }
  return { id, region, keys, baseUrl, weight: listed.weight };
}

/** Bases are what a vendor's own SDK takes: with `/v1` for OpenAI and its like, without for those with a dialect of their own. */
function sandboxUrl(sandbox: string, vendor: Vendor): string {
  const base = `${sandbox.replace(/\/+$/, '')}/${vendor.id}`;
  return vendor.adapter === 'openai' || vendor.adapter === 'openai-compatible' ? `${base}/v1` : base;
}
