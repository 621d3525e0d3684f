import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { connectTo } from '../nats-customer.js';
import { eventually, type Mesh } from '@skein/testkit';
import { finishedRecord } from '../ask.js';

const MEGABYTE = 1024 * 1024;
const SOUND_BYTES = 30 * MEGABYTE;
const UPLOADS = 2;
/** What a process may take at its worst for one upload after another: a few copies of it, and not more with each. */
const MOST_BYTES = 600 * MEGABYTE;
const PATH = '/audio/transcriptions';

interface Heard {
  readonly text: string;
}

/** What is promised of sound that fits no message: it goes from process to process by the object store. */
export function promiseLargeSound(meshOf: () => Mesh): void {
  async function transcribe(
    url: string,
    key: string,
    sound: Uint8Array<ArrayBuffer>,
  ): Promise<{ text: string; id: string }> {
    const form = new FormData();
    form.set('model', 'whisper-1');
    form.set('file', new Blob([sound], { type: 'audio/mpeg' }), 'meeting.mp3');
    const answer = await fetch(`${url}${PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: form,
    });
    const { text } = (await answer.json()) as Heard;
    return { text, id: answer.headers.get('x-request-id') ?? '' };
  }

  async function claimedBytes(): Promise<number> {
    const operator = await connectTo(meshOf().natsMeshUrl);
    const reply = await operator.request('$JS.API.STREAM.INFO.OBJ_skein-claims');
    await operator.close();
    return reply.json<{ state?: { bytes: number } }>().state?.bytes ?? 0;
  }

  it('hears a file of 30 MB, again and again, within bounds, and keeps nothing of it', async () => {
    const { url, key, http, sandbox, pidsOf } = meshOf();
    for (let upload = 0; upload < UPLOADS; upload += 1) {
      const sound = new Uint8Array(randomBytes(SOUND_BYTES));
      const asked = await transcribe(`${url}/v1`, key, sound);
      // The sandbox hears every byte: what it makes of them directly is what must have arrived.
      expect(asked.text).toBe((await transcribe(`${sandbox.url}/openai/v1`, 'any', sound)).text);
      expect(asked.text).toContain(`${SOUND_BYTES} bytes`);
      expect(await finishedRecord(http, asked.id)).toMatchObject({ status: 'succeeded', cost_usd: expect.any(String) });
    }
    await eventually(async () => expect(await claimedBytes()).toBeLessThan(MEGABYTE));
    for (const room of ['gateway', 'orchestrator', 'provider-openai']) {
      for (const pid of await pidsOf(room)) {
        const peak = await peakBytes(pid);
        expect({ room, isBounded: peak < MOST_BYTES, peak }).toEqual({ room, isBounded: true, peak });
      }
    }
  });

  it('turns a larger one away, by its size', async () => {
    const answer = await fetch(`${meshOf().url}/v1${PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${meshOf().key}`, 'content-type': 'multipart/form-data; boundary=x' },
      body: Buffer.concat([
        Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'),
        Buffer.alloc(40 * MEGABYTE),
        Buffer.from('\r\n--x--\r\n'),
      ]),
    });
    expect(answer.status).toBe(413);
  });
}

/** The most memory a process has ever had. */
async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
