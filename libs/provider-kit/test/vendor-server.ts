import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Resolves when the caller's socket is closed. */
  readonly closed: Promise<void>;
}

export interface VendorServer {
  readonly url: string;
  readonly calls: readonly SeenCall[];
  /** Resolves with the call once that many have come. */
  nthCall(n: number): Promise<SeenCall>;
  close(): Promise<void>;
}

/** A vendor for one test: speaks HTTP, and says what the test wants. */
export async function startVendorServer(
  answer: (call: SeenCall, response: ServerResponse) => void | Promise<void>,
): Promise<VendorServer> {
  const calls: SeenCall[] = [];
  const waiting: { n: number; resolve: (call: SeenCall) => void }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const call: SeenCall = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces),
        closed: new Promise((resolve) => request.socket.once('close', () => resolve())),
      };
      calls.push(call);
      for (const waiter of waiting) if (waiter.n === calls.length) waiter.resolve(call);
      await answer(call, response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    nthCall: (n) =>
      new Promise((resolve) => {
        const call = calls[n - 1];
        if (call !== undefined) resolve(call);
        else waiting.push({ n, resolve });
      }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Writes server-sent events as OpenAI frames them. */
export function sse(...data: unknown[]): string {
  return data.map((item) => `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`).join('');
}
