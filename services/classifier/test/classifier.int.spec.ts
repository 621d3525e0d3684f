import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRooms, type RunningRooms } from '@skein/boot';
import { connectBus, type NatsBus } from '@skein/bus';
import { Classify, CountTokens, type Features } from '@skein/contracts/classifier';
import type { DeclaredTask } from '@skein/contracts/gateway';
import { RequestBody } from '@skein/contracts/wire';
import { launchNats, type LaunchedNats } from '@skein/servers';
import { createLogger } from '@skein/telemetry';
import { classifierRoom } from '../src/index.js';

let nats: LaunchedNats;
let room: RunningRooms;
let caller: NatsBus;

beforeAll(async () => {
  nats = await launchNats({ ephemeral: true });
  room = await startRooms([{ room: classifierRoom }], {
    NATS_URL: nats.meshUrl,
    LOG_LEVEL: 'silent',
    CLASSIFIER_THRESHOLD: '1',
  });
  caller = await connectBus({
    url: nats.meshUrl,
    instance: `caller-${randomUUID()}`,
    rooms: [],
    local: 'never',
    logger: createLogger('test', 'silent'),
  });
}, 120_000);

afterAll(async () => {
  await caller?.drain(1_000);
  await room?.stop();
  await nats?.stop();
}, 30_000);

const classify = (body: RequestBody, declared: DeclaredTask | null = null): Promise<Features> =>
  caller.call(
    Classify,
    { declared_task: declared },
    { requestId: randomUUID(), deadline: performance.now() + 5_000 },
    { body },
  );
const chat = (content: string) => RequestBody.of({ model: 'auto', messages: [{ role: 'user', content }] });

it('answers from the customer’s bytes, and abstains under the threshold it was set', async () => {
  const features = await classify(chat('请把这封信翻译成英文'));
  expect(features).toMatchObject({ task: 'translation', language: 'zh', abstained: true });
});

it('believes the caller', async () => {
  expect(await classify(chat('hello'), 'coding')).toMatchObject({ task: 'code', declared: 'coding', abstained: false });
});

it('refuses what is no chat, with the field at fault', async () => {
  await expect(classify(RequestBody.of({ prompt: 'hello' }))).rejects.toMatchObject({
    code: 'invalid_request',
    param: 'messages',
  });
  await expect(classify(new RequestBody(new TextEncoder().encode('{"half')))).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

it('counts tokens by o200k where a caller asks', async () => {
  const context = { requestId: randomUUID(), deadline: performance.now() + 10_000 };
  // One message, and four tokens of its outline: "hello" is one token.
  expect(await caller.call(CountTokens, {}, context, { body: chat('hello') })).toEqual({ tokens: 5, of_text: 1 });
});
