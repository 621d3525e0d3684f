import { lookup } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isAllowed } from './guard-address.js';

const TIMEOUT_MS = 10_000;

export interface Posted {
  /** Null when no answer came. */
  readonly statusCode: number | null;
  /** Why not delivered; null when it was. */
  readonly error: string | null;
}

/**
 * Posts to the address that the name has at this moment and that was found harmless: the name is not asked again in
 * between. Redirects are answers, never followed. Never rejects.
 */
export async function postPinned(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  allowed: readonly string[],
): Promise<Posted> {
  try {
    const { protocol, hostname, port, pathname, search, host } = new URL(url);
    const name = hostname.replace(/^\[|\]$/g, '');
    const addresses = await lookup(name, { all: true });
    const refused = addresses.find(({ address }) => !isAllowed(address, allowed));
    const [pinned] = addresses;
    if (pinned === undefined) return { statusCode: null, error: `${name} has no address` };
    if (refused !== undefined)
      return { statusCode: null, error: `${name} is at ${refused.address}, which is not a public address` };
    const isTls = protocol === 'https:';
    return await send(isTls ? https : http, body, {
      method: 'POST',
      host: pinned.address,
      port: port === '' ? (isTls ? 443 : 80) : Number(port),
      path: `${pathname}${search}`,
      ...(isTls && { servername: name }),
      headers: { ...headers, host, 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return { statusCode: null, error: error instanceof Error ? error.message : String(error) };
  }
}

function send(via: typeof http | typeof https, body: string, options: https.RequestOptions): Promise<Posted> {
  return new Promise((resolve) => {
    const request = via.request(options, (response) => {
      const statusCode = response.statusCode ?? null;
      const isDelivered = statusCode !== null && statusCode >= 200 && statusCode < 300;
      resolve({ statusCode, error: isDelivered ? null : `it answered ${statusCode}` });
      // What it says besides is of no use; it need not be waited for.
      response.destroy();
    });
    request.once('error', (error) => resolve({ statusCode: null, error: error.message }));
    request.end(body);
  });
}
