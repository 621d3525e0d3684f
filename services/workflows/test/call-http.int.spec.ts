import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compile } from '../src/definition/compile.js';
import { callHttp } from '../src/run/call-http.js';
import type { StepWork } from '../src/run/do-step.js';
import { definitionOf } from './situation.js';

let server: Server;
let host: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://elsewhere.example/' }).end();
    else if (request.url === '/large') response.end('x'.repeat(2_000_000));
    else response.end(`${request.method} ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function call(url: string, allowed: string) {
  const { pipeline } = compile(definitionOf(`pipeline: { stages: [{ name: h, kind: http, url: "${url}" }] }`));
  const [stage] = pipeline?.stages ?? [];
  const scope = { inputs: {}, input: '', critique: '', run: { id: 'r', workflow: 'w' }, stages: {} };
  return callHttp({ stage, scope } as unknown as StepWork, allowed, AbortSignal.timeout(5_000));
}

describe('a stage of kind http', () => {
  it('is off unless the operator names hosts, and reaches those alone', async () => {
    await expect(call(`http://${host}/`, '')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('WORKFLOWS_HTTP_HOSTS'),
    });
    await expect(call(`http://${host}/`, 'api.example')).rejects.toMatchObject({ code: 'forbidden' });
    expect(await call(`http://${host}/ok`, `api.example, ${host}`)).toEqual({ output: 'GET /ok' });
  });

  it('follows no redirect, takes no endless answer, and nothing but http', async () => {
    await expect(call(`http://${host}/away`, host)).rejects.toMatchObject({ code: 'vendor_unreachable' });
    await expect(call(`http://${host}/large`, host)).rejects.toMatchObject({ code: 'answer_too_large' });
    await expect(call('file:///etc/passwd', host)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
