import { createServer } from 'node:http';
import type { MetricsHandler } from '@skein/telemetry';
import type { ReadinessBoard } from './readiness.js';

interface OpsOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: ReadinessBoard;
  readonly metrics: MetricsHandler;
}

/** `/healthz`, `/readyz` and `/metrics` of a process that has no door of its own. */
export async function startOpsServer(options: OpsOptions): Promise<{ stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/metrics') return options.metrics(request, response);
    if (path === '/healthz')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"alive"}');
    if (path === '/readyz') {
      const missing = options.readiness.missing();
      response.writeHead(missing.length === 0 ? 200 : 503, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ status: missing.length === 0 ? 'ready' : 'not_ready', missing }));
    }
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
