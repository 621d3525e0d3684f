/** The two ways to take a vendor out of a live mesh: it fails, or nobody is sent there. */
import { request } from 'undici';
import type { HttpMesh } from '../doors/http-mesh.js';
import { CommandFailure } from '../failure.js';

/** Takes a vendor out and returns the way to put it back. */
export type TakeOut = (vendor: string) => Promise<() => Promise<void>>;

/** Longer than any drill of one vendor, should this side die before it puts it back. */
const OUT_MS = 10 * 60_000;

/** Chooses the way. Throws `CommandFailure` for a fault where no sandbox could fail. */
export function takeOutBy(how: 'fault' | 'override' | undefined, mesh: HttpMesh, sandbox: string | null): TakeOut {
  if (how === 'override' || (how === undefined && sandbox === null)) return byOverride(mesh);
  if (sandbox === null) throw new CommandFailure('No sandbox is known that could fail: use --how override');
  return byFault(sandbox);
}

function byOverride(mesh: HttpMesh): TakeOut {
  return async (vendor) => {
    const path = `/v1/vendors/${encodeURIComponent(vendor)}`;
    await mesh.put(path, { out_ms: OUT_MS });
    return async () => void (await mesh.put(path, { out_ms: 0 }));
  };
}

function byFault(sandbox: string): TakeOut {
  return async (vendor) => {
    const knobs = `${sandbox.replace(/\/+$/, '')}/__sandbox/vendors/${encodeURIComponent(vendor)}/knobs`;
    const send = async (method: 'GET' | 'PUT', body?: string): Promise<string> => {
      const { statusCode, body: reply } = await request(knobs, { method, body });
      const text = await reply.text();
      if (statusCode !== 200) throw new CommandFailure(`The sandbox refused ${method} ${knobs} with ${statusCode}`);
      return text;
    };
    const before = await send('GET');
    await send('PUT', JSON.stringify({ status: 500 }));
    return async () => void (await send('PUT', before));
  };
}
