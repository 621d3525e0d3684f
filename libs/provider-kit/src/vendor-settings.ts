/** What an operator says about one vendor, and what follows from it: live, sandboxed, or not to be served. */
import { z } from 'zod';
import { SettingsError, secretSetting, setting, type Setting, type SettingsOf } from '@skein/config';
import type { Vendor } from '@skein/catalog';

const DEFAULT_CONCURRENCY = 256;
const SANDBOX_KEY = 'sandbox';

type VendorSettingsSpec = Record<string, Setting<string | number | undefined>>;
export type VendorSettings = SettingsOf<VendorSettingsSpec>;

/** Where and how a vendor is called. */
export interface Deployment {
  readonly mode: 'live' | 'sandbox';
  readonly baseUrl: string;
  /** As the operator named it; null where he did not, or the vendor has none. */
  readonly region: string | null;
  /** In order of preference; none where the vendor needs none. */
  readonly keys: readonly string[];
  /** Attempts at once. */
  readonly concurrency: number;
}

const url = z.url({ protocol: /^https?$/, message: 'must be an http or https URL' });
const regionName = z.string().regex(/^[a-z0-9-]+$/, { error: 'must be the name of a region, such as eu-central-1' });
const count = z.coerce.number().int().positive();

const keyVariableOf = (vendor: Vendor) => vendor.keyVariable ?? vendor.optionalKeyVariable;
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
 * Decides how a vendor is served: live with a key (or, where it needs none, with a base URL of its own), else from the
 * sandbox where there is one. Throws SettingsError, naming the variable to set, where it can be neither.
 */
export function chooseDeployment(vendor: Vendor, settings: VendorSettings): Deployment {
  const text = (name: string | null) => (name === null ? undefined : (settings[name] as string | undefined));
  const keys = (text(keyVariableOf(vendor)) ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  const ownBaseUrl = text(vendor.baseUrlVariable);
  const concurrency = Number(settings[concurrencyVariableOf(vendor)] ?? settings.WORKER_CONCURRENCY);

  const region = text(vendor.regional?.variable ?? null) ?? null;
  const regionalBaseUrl = region === null ? null : (vendor.regional?.baseUrl.replace('{region}', region) ?? null);
  const baseUrl = ownBaseUrl ?? regionalBaseUrl ?? vendor.defaultBaseUrl;
  const isLive = vendor.keyVariable === null ? ownBaseUrl !== undefined : keys.length > 0;
  if (isLive && baseUrl !== null) return { mode: 'live', baseUrl, region, keys, concurrency };
  const sandbox = text('SANDBOX_URL');
  if (sandbox !== undefined && !isLive) {
    return { mode: 'sandbox', baseUrl: sandboxUrl(sandbox, vendor), region, keys: [SANDBOX_KEY], concurrency };
  }
  const addressVariable = vendor.regional?.variable ?? vendor.baseUrlVariable;
  const missing = isLive || vendor.keyVariable === null ? addressVariable : vendor.keyVariable;
  throw new SettingsError([
    `${missing} is not set: without it ${vendor.id} cannot be called, and no SANDBOX_URL stands in`,
  ]);
}

/** Bases are what a vendor's own SDK takes: with `/v1` for OpenAI and its like, without for those with a dialect of their own. */
function sandboxUrl(sandbox: string, vendor: Vendor): string {
  const base = `${sandbox.replace(/\/+$/, '')}/${vendor.id}`;
  return vendor.adapter === 'openai' || vendor.adapter === 'openai-compatible' ? `${base}/v1` : base;
}
