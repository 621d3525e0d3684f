import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { HttpClient, eventually } from '@skein/testkit';
import { Farewell } from './farewell.js';

async function open(answer: (response: ServerResponse) => void): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => answer(response));
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('answers who comes while it leaves, first anybody, then over kept connections, and says that it was the last', async () => {
  const { server, url } = await open((response) => response.end('here'));
  const [keeper, passer, latecomer] = [new HttpClient(url), new HttpClient(url), new HttpClient(url)];
  const farewell = new Farewell(server);
  expect((await keeper.get('/')).headers['connection']).toBe('keep-alive');
  const closed = once(server, 'close');
  await passer.get('/');
  const said = farewell.say(60_000);
  expect(await passer.get('/')).toMatchObject({ status: 200, text: 'here', headers: { connection: 'close' } });
  await eventually(() => {
    if (server.listening) throw new Error('it still listens');
  });
  await expect(latecomer.get('/')).rejects.toThrow('ECONNREFUSED');
  expect(await keeper.get('/')).toMatchObject({ status: 200, text: 'here', headers: { connection: 'close' } });
  await said;
  await Promise.all([keeper.close(), passer.close(), latecomer.close()]);
  await closed;
});

it('is not held up by a kept connection whose answer had begun before', async () => {
  let finish: (() => void) | undefined;
  const { server, url } = await open((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: begun\n\n');
    finish = () => response.end();
  });
  const http = new HttpClient(url);
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
