// Clients that we did not write, unmodified, each against a vendor of every shape: every client can use every vendor.
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { startMesh, type Mesh } from '@skein/testkit';
import { stopMesh } from './ask.js';
import { promiseAiSdk } from './clients/ai-sdk.js';
import { promiseAnthropic } from './clients/anthropic-client.js';
import { promiseLangChain } from './clients/langchain.js';
import { Matrix } from './clients/matrix.js';
import { promisePublishedShapes } from './clients/published.js';
import { promiseOpenAi } from './clients/openai-client.js';
import { promiseSoundByOpenAi } from './clients/openai-sound.js';

jest.setTimeout(120_000);

let mesh: Mesh;
const matrix = new Matrix();
beforeAll(async () => {
  mesh = await startMesh({ busLocal: 'verify' });
});
afterAll(async () => {
  process.stdout.write(`${matrix.toString()}\n`);
  await stopMesh(mesh);
});

describe('the published schemas allow', () => promisePublishedShapes(() => mesh));
describe('the client openai', () => promiseOpenAi(() => mesh, matrix));
describe('the client openai, of sound,', () => promiseSoundByOpenAi(() => mesh));
describe('the client @anthropic-ai/sdk', () => promiseAnthropic(() => mesh, matrix));
describe('the client ai', () => promiseAiSdk(() => mesh, matrix));
describe('the client @langchain/openai', () => promiseLangChain(() => mesh, matrix));
