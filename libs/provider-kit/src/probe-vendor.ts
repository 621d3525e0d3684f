/** Asking a vendor for its list of models, which costs no tokens: is it there, and how fast? */
import type { VendorAdapterName } from '@skein/catalog';
import type { VendorAccess } from './ask-vendor.js';

export interface Probe {
  readonly answered: boolean;
  readonly status: number | null;
  readonly ms: number;
}

/** Null: no such list under the base URL; the vendor is asked for anything, and a refusal is a sign of life. */
const listPaths: Record<VendorAdapterName, string | null> = {
  openai: '/models',
  'openai-compatible': '/models',
  anthropic: '/v1/models',
  google: '/v1beta/models',
  cohere: '/v1/models',
  vertex: null,
  bedrock: null,
};

/** A vendor that refuses is alive; one that fails, or has no room, is not well. */
const isWell = (status: number) => status < 500 && status !== 429;

/** Asks once, within so many ms. Never throws. */
export async function probeVendor(
  { adapter, line, keys, clock, sandboxed }: VendorAccess & { readonly sandboxed: boolean },
  withinMs: number,
): Promise<Probe> {
  const { vendor } = adapter;
  const list = vendor.adapter === null ? null : listPaths[vendor.adapter];
  const path = line.basePath + (list ?? '/');
  const started = clock.monotonic();
  const elapsed = () => Math.round((clock.monotonic() - started) * 100) / 100;
  try {
    const secret = keys.keysToTry(started)[0]?.secret ?? '';
    const call = { host: line.host, path, body: new Uint8Array(0), region: line.region, at: clock.now() };
    const response = await line.pool.request({
      method: 'GET',
      path,
      headers: {
        ...(list !== null && secret !== '' && adapter.authorize(secret, call)),
        // Our own sandbox does not count it among what it served.
        ...(sandboxed && { 'x-skein-probe': '1' }),
      },
      signal: AbortSignal.timeout(withinMs),
    });
    const ms = elapsed();
    // The status is all that was wanted; a list can be long.
    response.body.on('error', () => undefined).destroy();
    return { answered: isWell(response.statusCode), status: response.statusCode, ms };
  } catch {
    return { answered: false, status: null, ms: elapsed() };
  }
}
