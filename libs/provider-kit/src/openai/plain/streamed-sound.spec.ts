// Events as OpenAI's and Mistral's published specifications write them; neither has been recorded.
import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { catalog, vendorById, type VendorId } from '@skein/catalog';
import { noUsage } from '@skein/contracts/attempt';
import { RequestBody } from '@skein/contracts/wire';
import { openReader } from '../../read-answer.js';
import type { AnswerChunk, PlainCall, StreamTranslator, VendorCall } from '../../vendor-adapter.js';
import { openAiPlain } from './plain-operations.js';

type Told = Record<string, unknown>;

function callOf(vendor: VendorId, operation: 'speech' | 'transcription', model: string, body: object): VendorCall {
  const prepare = openAiPlain(vendorById(vendor))[operation];
  if (prepare === undefined) throw new Error(`${vendor} has no ${operation}`);
  const record = catalog.recordOf(vendor, model);
  const call: PlainCall = prepare({
    body: operation === 'speech' ? RequestBody.of(body) : RequestBody.withFile(body, Buffer.from('ID3 sound')),
    model,
    stream: true,
    continuation: null,
    record,
    at: 0,
  });
  if (call.openStream === undefined) throw new Error(`${vendor} does not stream ${operation}`);
  return call as VendorCall;
}

/** Feeds the vendor's bytes in the pieces they came in. */
function relay(
  call: VendorCall,
  pieces: readonly (string | Uint8Array)[],
): { stream: StreamTranslator; shown: AnswerChunk[] } {
  const stream = call.openStream();
  const shown: AnswerChunk[] = [];
  const reader = openReader(call, (event) => shown.push(...stream.feed(event)), 1_000_000);
  for (const piece of pieces) reader.feed(Buffer.from(piece as string));
  reader.end();
  shown.push(...stream.close());
  return { stream, shown };
}

const event = (told: Told) => `data: ${JSON.stringify(told)}\n\n`;
const json = (chunks: readonly AnswerChunk[]) =>
  chunks.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as Told);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('speech that is streamed', () => {
  const request = { model: 'auto', input: 'Grüße 👋', voice: 'alloy', stream: true };

  it('goes on in the pieces it came in, and costs its characters', () => {
    const call = callOf('openai', 'speech', 'tts-1', { ...request, stream_format: 'audio' });
    expect(JSON.parse(Buffer.from(call.body).toString())).toEqual({
      model: 'tts-1',
      input: 'Grüße 👋',
      voice: 'alloy',
    });
    const { stream, shown } = relay(call, [Uint8Array.of(0xff, 0xf3), '{', Uint8Array.of(0)]);
    expect(shown.map(({ bytes, hasContent }) => [Buffer.from(bytes).toString('hex'), hasContent])).toEqual([
      ['fff3', true],
      ['7b', true],
      ['00', true],
    ]);
    expect(stream.progress).toMatchObject({
      usage: { ...noUsage, units: { characters: 7 } },
      usageIsFinal: false,
      finishReason: 'stop',
    });
  });

  it('without sound is a failure, and what nobody has heard costs nothing', () => {
    const call = callOf('openai', 'speech', 'tts-1', request);
    expect(() => relay(call, [])).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
    expect(call.openStream().progress.usage).toBeNull();
  });

  it('of a file that says its length costs by it where the model is priced by tokens', () => {
    const head = Buffer.alloc(44);
    head.write('RIFF', 0);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt32LE(16_000, 28);
    head.write('data', 36);
    head.writeUInt32LE(0xffff_ffff, 40);
    const call = callOf('openai', 'speech', 'gpt-4o-mini-tts', request);
    const { stream } = relay(call, [head, Buffer.alloc(16_000 * 30), Buffer.alloc(16_000 * 30)]);
    expect(stream.progress.usage).toMatchObject({ audio_out: 1_250 });
  });

  it('as OpenAI’s events is the vendor’s own bytes, and its own count', () => {
    const call = callOf('openai', 'speech', 'gpt-4o-mini-tts', { ...request, stream_format: 'sse' });
    expect(JSON.parse(Buffer.from(call.body).toString())).toMatchObject({ stream_format: 'sse' });
    const delta = `{"type":"speech.audio.delta","audio":"${base64('ID3!')}","odd":1.0}`;
    const done = '{"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}';
    const { stream, shown } = relay(call, [`data: ${delta}\n\ndata: ${done}\n\n`, 'data: [DONE]\n\n']);
    expect(shown.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([delta, done]);
    expect(stream.progress).toMatchObject({
      usage: { ...noUsage, input_uncached: 14, audio_out: 101 },
      usageIsFinal: true,
      finishReason: 'stop',
    });
  });

  it('is written as events, and said to be, where the vendor sends sound', () => {
    const call = callOf('openai', 'speech', 'tts-1', { ...request, stream_format: 'sse' });
    expect(call.notices).toEqual([expect.stringContaining('written here')]);
    const { shown } = relay(call, ['ab', 'c']);
    expect(json(shown)).toEqual([
      { type: 'speech.audio.delta', audio: base64('ab') },
      { type: 'speech.audio.delta', audio: base64('c') },
      { type: 'speech.audio.done', usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 } },
    ]);
  });

  it.each([
    ['sound', undefined, ['ab', 'c']],
    ['events', 'sse', [base64('ab'), base64('c')]],
  ])('is taken out of Mistral’s events for who reads %s', (_, stream_format, told) => {
    const call = callOf('mistral', 'speech', 'voxtral-mini-tts-latest', { ...request, stream_format });
    expect(JSON.parse(Buffer.from(call.body).toString())).toMatchObject({ stream: true });
    const usage = { prompt_tokens: 9, completion_tokens: 40, total_tokens: 49 };
    const { stream, shown } = relay(call, [
      event({ type: 'speech.audio.delta', audio_data: base64('ab') }),
      event({ type: 'speech.audio.delta', audio_data: base64('c') }),
      event({ type: 'speech.audio.done', usage }),
    ]);
    const pieces = shown.filter(({ hasContent }) => hasContent);
    expect(
      stream_format === undefined
        ? pieces.map(({ bytes }) => Buffer.from(bytes).toString())
        : json(pieces).map(({ audio }) => audio),
    ).toEqual(told);
    expect(stream.progress).toMatchObject({ usage: { input_uncached: 9, audio_out: 40 }, usageIsFinal: true });
  });

  it.each([
    ['an error', event({ error: { message: 'no', type: 'server_error' } }), 'vendor_failed'],
    ['no JSON', 'data: {"type\n\n', 'vendor_malformed'],
    ['an end without sound', event({ type: 'speech.audio.done', usage: {} }), 'vendor_malformed'],
  ])('that turns into %s is a failure', (_, bytes, code) => {
    const call = callOf('openai', 'speech', 'gpt-4o-mini-tts', { ...request, stream_format: 'sse' });
    expect(() => relay(call, [bytes])).toThrow(expect.objectContaining({ code }));
  });
});

describe('a transcript that is streamed', () => {
  const file = { filename: 'a.mp3', content_type: 'audio/mpeg' };
  const request = { model: 'auto', file, stream: 'true' };

  it('is the vendor’s own bytes where it speaks in OpenAI’s events', () => {
    const call = callOf('openai', 'transcription', 'gpt-4o-transcribe', request);
    expect(
      Buffer.from(call.body)
        .toString('latin1')
        .match(/name="stream"\r\n\r\ntrue\r\n/g),
    ).toHaveLength(1);
    const delta = '{"type":"transcript.text.delta","delta":"I see","odd":1.0}';
    const done = `{"type":"transcript.text.done","text":"I see","usage":${JSON.stringify({
      type: 'tokens',
      input_tokens: 14,
      input_token_details: { text_tokens: 4, audio_tokens: 10 },
      output_tokens: 31,
      total_tokens: 45,
    })}}`;
    const { stream, shown } = relay(call, [`data: ${delta}\n\n`, `data: ${done}\n\n`]);
    expect(shown.map(({ bytes, hasContent }) => [Buffer.from(bytes).toString(), hasContent])).toEqual([
      [delta, true],
      [done, false],
    ]);
    expect(stream.progress).toMatchObject({
      usage: { input_uncached: 4, audio_in: 10, output: 31 },
      usageIsFinal: true,
      finishReason: 'stop',
    });
  });

  it('that ends without its last word has no finish', () => {
    const call = callOf('openai', 'transcription', 'gpt-4o-transcribe', request);
    const { stream } = relay(call, [event({ type: 'transcript.text.delta', delta: 'I' })]);
    expect(stream.progress.finishReason).toBeNull();
  });

  it('is translated from Mistral’s events', () => {
    const call = callOf('mistral', 'transcription', 'voxtral-mini-latest', request);
    const { stream, shown } = relay(call, [
      event({ type: 'transcription.language', audio_language: 'en' }),
      event({ type: 'transcription.text.delta', text: 'I ' }),
      event({ type: 'transcription.segment', text: 'I see', start: 0, end: 1.5, speaker_id: 'A' }),
      event({
        type: 'transcription.done',
        model: 'voxtral-mini-2507',
        text: 'I see',
        language: 'en',
        usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6, prompt_audio_seconds: 4 },
      }),
    ]);
    expect(json(shown)).toEqual([
      { type: 'transcript.text.delta', delta: 'I ' },
      { type: 'transcript.text.segment', id: 'seg_0', start: 0, end: 1.5, text: 'I see', speaker: 'A' },
      {
        type: 'transcript.text.done',
        text: 'I see',
        language: 'en',
        usage: expect.objectContaining({ type: 'tokens', input_tokens: 4, output_tokens: 2, total_tokens: 6 }),
      },
    ]);
    expect(stream.progress).toMatchObject({
      usage: { units: { audio_ms: 4_000 } },
      modelServed: 'voxtral-mini-2507',
      finishReason: 'stop',
    });
  });

  it.each([
    ['openai', 'whisper-1'],
    ['groq', 'whisper-large-v3'],
  ] as const)('is told in one piece, and said to be, where %s answers whole', (vendor, model) => {
    const call = callOf(vendor, 'transcription', model, request);
    expect(call.answersWhole).toBe(true);
    expect(call.notices).toEqual([expect.stringContaining('in one piece')]);
    expect(Buffer.from(call.body).toString('latin1')).not.toContain('name="stream"');
    const told = JSON.stringify({ text: 'I see', usage: { type: 'duration', seconds: 7 } });
    const { stream, shown } = relay(call, [told.slice(0, 9), told.slice(9)]);
    expect(json(shown)).toEqual([
      { type: 'transcript.text.delta', delta: 'I see' },
      { type: 'transcript.text.done', text: 'I see', usage: { type: 'duration', seconds: 7 } },
    ]);
    expect(stream.progress).toMatchObject({ usage: { units: { audio_ms: 7_000 } }, finishReason: 'stop' });
  });
});
