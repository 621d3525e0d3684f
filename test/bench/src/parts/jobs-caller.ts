/** Hands in jobs at a mesh's door and follows each to its end. DOOR_URL in the environment. */
import { Agent, request } from 'undici';
import { processEnvironment } from '@skein/config';
import { BENCH_KEY, chatBody } from '../request.ts';
import { answerLaps } from './answer-laps.ts';

const { DOOR_URL = '' } = processEnvironment();
const dispatcher = new Agent({ connections: 64 });
const headers = { authorization: `Bearer ${BENCH_KEY}`, 'content-type': 'application/json' };

async function submit(): Promise<string> {
  const job = {
    endpoint: '/v1/chat/completions',
    body: JSON.parse(chatBody({ stream: false, pace: 'at once' })) as object,
  };
  const { statusCode, body } = await request(`${DOOR_URL}/v1/jobs`, {
    method: 'POST',
    headers,
    body: JSON.stringify(job),
    dispatcher,
  });
  if (statusCode !== 202) throw new Error(`A job was answered with ${statusCode}: ${await body.text()}`);
  return ((await body.json()) as { id: string }).id;
}

/** A job's events end with it. */
async function follow(id: string): Promise<void> {
  const { body } = await request(`${DOOR_URL}/v1/jobs/${id}/events`, { headers, dispatcher });
  const text = await body.text();
  if (!text.includes('succeeded')) throw new Error(`A job did not succeed: ${text.slice(-300)}`);
}

answerLaps({ 'job accepted → done': async () => follow(await submit()) });
