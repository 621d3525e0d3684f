// Speech and transcripts as they come, read by the `openai` package.
import { expect, it } from '@jest/globals';
import { eventually, misbehave, type Mesh } from '@skein/testkit';
import OpenAI, { APIError } from 'openai';
import { Stream } from 'openai/streaming';
import type { Transcription } from 'openai/resources/audio';
import { finishedRecord } from '../ask.js';

const WORDS = 'Skein runs every call on the right model, and what is said can be heard while it is spoken.';

export function promiseSoundByOpenAi(meshOf: () => Mesh): void {
  const clientOf = () => new OpenAI({ baseURL: `${meshOf().url}/v1`, apiKey: meshOf().key, maxRetries: 0 });
  const speak = (input: string, more: object = {}, headers: Record<string, string> = {}) =>
    clientOf().audio.speech.create(
      { model: 'openai/tts-1', voice: 'alloy', input, response_format: 'wav', ...more },
      { headers },
    );
  const recordOf = (response: { headers: Headers }) =>
    finishedRecord(meshOf().http, response.headers.get('x-request-id') ?? '');
  const endedSince = async (seq: number) => (await meshOf().sandbox.served(seq)).map(({ outcome }) => outcome);
  const lastSeq = async () => (await meshOf().sandbox.served()).at(-1)?.seq ?? 0;

  async function hear(sound: Buffer): Promise<string> {
    const file = new File([new Uint8Array(sound)], 'said.wav');
    return (await clientOf().audio.transcriptions.create({ model: 'whisper-1', file })).text;
  }

  it('hears speech while it is still being spoken, and all of it', async () => {
    const before = await lastSeq();
    const input = `${misbehave({ rate: 20 })} ${WORDS}`;
    const speech = await speak(input);
    const pieces: Uint8Array[] = [];
    for await (const piece of speech.body as unknown as AsyncIterable<Uint8Array>) {
      // The vendor is not done when its first word is heard: nothing gathers it.
      if (pieces.length === 0) expect(await endedSince(before)).toEqual([]);
      pieces.push(piece);
    }
    expect(pieces.length).toBeGreaterThan(3);
    expect(speech.headers.get('content-type')).toBe('audio/wav');
    expect(speech.headers.get('x-skein-model')).toBe('tts-1');
    expect(await hear(Buffer.concat(pieces))).toBe(input);
    const { attempts, cost_usd } = await recordOf(speech);
    const units = { units: { characters: [...input].length } };
    expect(attempts).toMatchObject([{ outcome: 'finished', usage: units, cost_usd }]);
    expect(Number(cost_usd)).toBeGreaterThan(0);
  });

  it('hears speech from the next vendor where the first breaks off before its first sound', async () => {
    const input = `${misbehave({ cut: true }, { vendor: 'openai' })} ${WORDS}`;
    const speech = await speak(input, {}, { 'x-skein-fallbacks': 'mistral/voxtral-mini-tts-latest' });
    expect(speech.headers.get('x-skein-vendor')).toBe('mistral');
    expect(speech.headers.get('x-skein-attempts')).toBe('2');
    expect(await hear(Buffer.from(await speech.arrayBuffer()))).toBe(input);
  });

  it('is not taken in by speech that breaks off after its first sound', async () => {
    const speech = await speak(
      `${misbehave({ cut_after: 2, rate: 50 })} ${WORDS}`,
      {},
      { 'x-skein-fallbacks': 'groq/x' },
    );
    await expect(speech.arrayBuffer()).rejects.toThrow();
    const record = await recordOf(speech);
    expect(record).toMatchObject({ status: 'failed', attempts: [{ error: { code: 'vendor_stream_cut' } }] });
  });

  it('hangs up on speech, and the vendor stops speaking', async () => {
    const before = await lastSeq();
    const speech = await speak(`${misbehave({ rate: 2 })} ${WORDS}`);
    const reader = (speech.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await eventually(async () => expect(await endedSince(before)).toEqual(['aborted_by_client']));
    expect((await recordOf(speech)).status).toBe('cancelled');
  });

  it.each([
    ['gpt-4o-mini-tts', 'provider'],
    ['tts-1', 'estimated'],
  ])('hears the events of %s, with their %s usage', async (model, source) => {
    const speech = await speak(WORDS, { model: `openai/${model}`, stream_format: 'sse' });
    const events = Stream.fromSSEResponse<{ type: string; audio?: string; usage?: { total_tokens: number } }>(
      speech,
      new AbortController(),
    );
    const sound: Buffer[] = [];
    let last;
    for await (const event of events) {
      if (event.type === 'speech.audio.delta') sound.push(Buffer.from(event.audio ?? '', 'base64'));
      last = event;
    }
    expect(await hear(Buffer.concat(sound))).toBe(WORDS);
    expect(last).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: expect.any(Number) } });
    expect((await recordOf(speech)).attempts).toMatchObject([{ usage_source: source }]);
  });

  it('is told within the events of speech that breaks off', async () => {
    const input = `${misbehave({ error_after: 2, rate: 50 })} ${WORDS}`;
    const speech = await speak(input, { model: 'openai/gpt-4o-mini-tts', stream_format: 'sse' });
    const read = async () => {
      for await (const event of Stream.fromSSEResponse(speech, new AbortController())) expect(event).toBeDefined();
    };
    await expect(read()).rejects.toThrow(APIError);
  });

  it.each([
    ['openai/gpt-4o-mini-transcribe', 3],
    ['mistral/voxtral-mini-latest', 3],
    ['openai/whisper-1', 1],
    ['groq/whisper-large-v3-turbo', 1],
  ])('reads a transcript of %s as it comes', async (model, leastDeltas) => {
    const sound = Buffer.from(await (await speak(WORDS)).arrayBuffer());
    const { data: stream, response } = await clientOf()
      .audio.transcriptions.create({ model, file: new File([sound], 'said.wav'), stream: true })
      .withResponse();
    let text = '';
    let deltas = 0;
    let last;
    for await (const event of stream) {
      if (event.type === 'transcript.text.delta') {
        text += event.delta;
        deltas += 1;
      }
      last = event;
    }
    expect(text).toBe(WORDS);
    expect(deltas).toBeGreaterThanOrEqual(leastDeltas);
    expect(last).toMatchObject({ type: 'transcript.text.done', text: WORDS, usage: expect.anything() });
    const record = await recordOf(response);
    expect(record).toMatchObject({ status: 'succeeded', attempts: [{ usage_source: 'provider' }] });
    const whole = await clientOf().audio.transcriptions.create({ model, file: new File([sound], 'said.wav') });
    expect((whole as Transcription).text).toBe(text);
  });

  it('is refused a stream of what comes whole, by name', async () => {
    const file = new File([new Uint8Array([1, 2, 3])], 'said.wav');
    const asked = clientOf().audio.transcriptions.create({
      model: 'whisper-1',
      file,
      stream: true,
      response_format: 'srt',
    });
    await expect(asked).rejects.toMatchObject({ status: 400, param: 'stream' });
  });
}
