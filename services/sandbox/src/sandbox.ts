import type { AddressInfo } from 'node:net';
import type { Knobs } from './knobs.js';
import { createSandboxServer } from './server.js';

export interface SandboxOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** Absent: loopback. */
  host?: string;
  /** What holds at every vendor until a vendor or a request sets it otherwise. */
  knobs?: Knobs;
  /** Audit entries kept. */
  auditCapacity?: number;
}

export interface Sandbox {
  url: string;
  port: number;
  /** What the vendor's own SDK takes as its base URL. */
  baseUrlFor(vendor: string): string;
  /** Ends all connections and frees the port. */
  stop(): Promise<void>;
}

const AUDIT_CAPACITY = 200_000;

/** Starts a sandbox and resolves once it listens; rejects when the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? '127.0.0.1';
  const server = createSandboxServer({
    knobs: options.knobs ?? {},
    auditCapacity: options.auditCapacity ?? AUDIT_CAPACITY,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = addressOf(server.address());
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    url,
    port,
    baseUrlFor: (vendor) => baseUrlFor(url, vendor),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const OWN_WIRES = new Set(['anthropic', 'google', 'vertex', 'bedrock', 'cohere']);

/** SDKs of vendors with a wire of their own add the version themselves; OpenAI-shaped ones take it with the base. */
export function baseUrlFor(sandboxUrl: string, vendor: string): string {
  const base = `${sandboxUrl.replace(/\/$/, '')}/${vendor}`;
  return OWN_WIRES.has(vendor) ? base : `${base}/v1`;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the sandbox listens on TCP only');
  return address;
}
