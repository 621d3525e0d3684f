import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { HttpClient } from '@skein/testkit';
import { Farewell } from './farewell.js';

async function open(answer: (response: ServerResponse) => void): Promise<{ server: Server; http: HttpClient }> {
  const server = createServer((_request, response) => answer(response));
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, http: new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

it('answers who comes while it leaves, and says that it was the last over this connection', async () => {
  const { server, http } = await open((response) => response.end('here'));
  const farewell = new Farewell(server);
  expect((await http.get('/')).headers['connection']).toBe('keep-alive');
  const said = farewell.say(60_000);
  expect(await http.get('/')).toMatchObject({ status: 200, text: 'here', headers: { connection: 'close' } });
  await said;
  expect(await http.get('/')).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await http.close();
  server.close();
});

it('is not held up by a kept connection whose answer had begun before', async () => {
  let finish: (() => void) | undefined;
  const { server, http } = await open((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: begun\n\n');
    finish = () => response.end();
  });
  const farewell = new Farewell(server);
  const stream = await http.follow('/');
  await stream.next();
  await farewell.say(60_000);
  const closed = once(server, 'close');
  server.close();
  finish?.();
  expect(await stream.next()).toBeNull();
  await closed;
  await http.close();
});
