// Answers as vendors were recorded to send them, cut to what is read of them.
import { describe, expect, it } from '@jest/globals';
import { catalog, servesPlain, vendorById, vendors, type VendorId } from '@skein/catalog';
import { operations, type PlainOperation } from '@skein/contracts/operation';
import { RequestBody } from '@skein/contracts/wire';
import { noUsage } from '@skein/contracts/attempt';
import { jsonBytes } from '../../json.js';
import { fromBase64, toBase64 } from '../../plain/embedding-texts.js';
import { soundLengthMs } from '../../plain/sound-length.js';
import type { PlainCall } from '../../vendor-adapter.js';
import { openAiPlain } from './plain-operations.js';

const plainOperations = operations.filter((operation) => operation !== 'chat');

function callOf(
  vendor: VendorId,
  operation: PlainOperation,
  model: string,
  body: object,
  file?: Uint8Array,
): PlainCall {
  const prepare = openAiPlain(vendorById(vendor))[operation];
  if (prepare === undefined) throw new Error(`${vendor} has no ${operation}`);
  const record = catalog.recordOf(vendor, model);
  const asked = file === undefined ? RequestBody.of(body) : RequestBody.withFile(body, file);
  return prepare({ body: asked, model, stream: false, continuation: null, record, at: 0 });
}

const sent = ({ body }: PlainCall): unknown => JSON.parse(Buffer.from(body).toString());
const shown = (answer: Uint8Array): unknown => JSON.parse(Buffer.from(answer).toString());

/** A second of silence: 8,000 samples of 16 bits. */
function wav(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt32LE(16_000, 28);
  head.write('data', 36);
  head.writeUInt32LE(16_000, 40);
  return Buffer.concat([head, Buffer.alloc(16_000)]);
}

describe('what OpenAI-shaped vendors serve beside chat', () => {
  it('is what the catalogue routes to them', () => {
    for (const vendor of vendors) {
      if (vendor.adapter !== 'openai' && vendor.adapter !== 'openai-compatible') continue;
      const spoken = openAiPlain(vendor);
      for (const operation of plainOperations) {
        const both = [spoken[operation] !== undefined, servesPlain(vendor.id, operation)];
        expect({ vendor: vendor.id, operation, both }).toEqual({
          vendor: vendor.id,
          operation,
          both: [both[0], both[0]],
        });
      }
    }
  });
});

describe('embeddings', () => {
  const request = { model: 'auto', input: ['a', 'b'], metadata: { task: 'qa', mine: 'kept' }, odd: 1 };
  const told = {
    id: 'cc93',
    object: 'list',
    data: [{ object: 'embedding', embedding: [0.5, -0.25], index: 0 }],
    model: 'mistral-embed',
    usage: { prompt_tokens: 10, total_tokens: 10, completion_tokens: 0 },
  };

  it('are asked for with the vendor’s name of the model, and without what is Skein’s', () => {
    expect(sent(callOf('openai', 'embeddings', 'text-embedding-3-small', request))).toEqual({
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
      metadata: { mine: 'kept' },
      odd: 1,
    });
  });

  it('go back as the bytes they came in', () => {
    const bytes = jsonBytes(told);
    const answer = callOf('mistral', 'embeddings', 'mistral-embed', request).readWhole(bytes);
    expect(answer.answer).toBe(bytes);
    expect(answer).toMatchObject({ usage: { ...noUsage, input_uncached: 10 }, usageIsFinal: true, answerId: 'cc93' });
  });

  it('are written as base64 for who asked for it where the vendor has none', () => {
    const call = callOf('mistral', 'embeddings', 'mistral-embed', { ...request, encoding_format: 'base64' });
    expect(sent(call)).not.toHaveProperty('encoding_format');
    const { data } = shown(call.readWhole(jsonBytes(told)).answer) as { data: { embedding: string }[] };
    expect(data[0]?.embedding).toBe(toBase64([0.5, -0.25]));
    expect(fromBase64(data[0]?.embedding ?? '')).toEqual([0.5, -0.25]);
  });

  it('are estimated, and said to be, where usage is not told', () => {
    const answer = callOf('ollama', 'embeddings', 'x', { model: 'x', input: 'a'.repeat(400) }).readWhole(
      jsonBytes({ ...told, usage: undefined }),
    );
    expect(answer).toMatchObject({ usage: { input_uncached: 105 }, usageIsFinal: false });
  });

  it.each([
    ['no list', { data: [] }],
    ['no numbers', { data: [{ embedding: 3 }] }],
    ['no object', 'text'],
  ])('that are none are a failure: %s', (_, body) => {
    const call = callOf('openai', 'embeddings', 'text-embedding-3-small', request);
    expect(() => call.readWhole(jsonBytes(body))).toThrow(expect.objectContaining({ code: 'vendor_malformed' }));
  });
});

describe('transcription', () => {
  const file = { filename: 'a.wav', content_type: 'audio/wav' };
  const request = { model: 'auto', file, language: 'en', timestamp_granularities: ['word', 'segment'] };
  const call = (form?: string) =>
    callOf(
      'openai',
      'transcription',
      'whisper-1',
      { ...request, ...(form !== undefined && { response_format: form }) },
      wav(),
    );

  it('is asked for by a form that holds the file as it was', () => {
    const { headers, body } = call('text');
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
    const text = Buffer.from(body).toString('latin1');
    expect(text.split(`--${boundary}`)).toHaveLength(8);
    for (const [name, value] of [
      ['model', 'whisper-1'],
      ['language', 'en'],
      ['timestamp_granularities[]', 'segment'],
      ['response_format', 'json'],
    ])
      expect(text).toContain(`name="${name}"\r\n\r\n${value}\r\n`);
    expect(Buffer.from(body).includes(wav())).toBe(true);
  });

  it.each([
    ['by time', { type: 'duration', seconds: 7 }, { units: { audio_ms: 7_000 } }],
    [
      'by tokens',
      {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { text_tokens: 4, audio_tokens: 10 },
        output_tokens: 45,
      },
      { input_uncached: 4, audio_in: 10, output: 45 },
    ],
    [
      'as Mistral does',
      { prompt_audio_seconds: 4, prompt_tokens: 4, completion_tokens: 27 },
      { units: { audio_ms: 4_000 } },
    ],
  ])('reads usage that is told %s', (_, usage, read) => {
    expect(call().readWhole(jsonBytes({ text: 'hi', usage }))).toMatchObject({ usage: read, usageIsFinal: true });
  });

  it('hands on plain text, and measures the sound where nothing is told', () => {
    const { answer, usage, usageIsFinal } = call('text').readWhole(jsonBytes({ text: 'hi' }));
    expect(Buffer.from(answer).toString()).toBe('hi\n');
    expect({ usage, usageIsFinal }).toEqual({ usage: { ...noUsage, units: { audio_ms: 1_000 } }, usageIsFinal: false });
  });

  it('knows the length of a WAV and of nothing else', () => {
    expect(soundLengthMs(wav())).toBe(1_000);
    expect(soundLengthMs(Buffer.from('ID3 something else'))).toBeNull();
  });
});

describe('speech', () => {
  const request = { model: 'auto', input: 'Grüße 👋', voice: 'alloy' };

  it('costs its characters, each once', () => {
    const answer = callOf('openai', 'speech', 'tts-1', request).readWhole(Buffer.from([0xff, 0xf3]));
    expect(answer.usage).toEqual({ ...noUsage, units: { characters: 7 } });
  });

  it('is taken out of JSON where the vendor wraps it', () => {
    const wrapped = jsonBytes({ audio_data: Buffer.from('ID3!').toString('base64') });
    const { answer } = callOf('mistral', 'speech', 'voxtral-mini-tts-latest', request).readWhole(wrapped);
    expect(Buffer.from(answer).toString()).toBe('ID3!');
  });

  it('that is an error with a good status is a failure', () => {
    const complaint = jsonBytes({ error: { message: 'no', type: 'server_error' } });
    const call = callOf('openai', 'speech', 'tts-1', request);
    expect(() => call.readWhole(complaint)).toThrow(expect.objectContaining({ code: 'vendor_failed' }));
  });
});

describe('reranking and moderation', () => {
  it.each([
    ['tokens', { usage: { prompt_tokens: 2966, total_tokens: 2966 } }, { input_uncached: 2966 }],
    ['a total alone', { usage: { total_tokens: 17, cost: 3.4e-7 } }, { input_uncached: 17 }],
    ['searches', { meta: { billed_units: { search_units: 1 } } }, { units: { searches: 1 } }],
  ])('tell %s', (_, told, read) => {
    const results = [{ index: 0, relevance_score: 0.6 }];
    const call = callOf('together', 'rerank', 'x', { model: 'x', query: 'q', documents: ['a'] });
    expect(call.readWhole(jsonBytes({ results, ...told })).usage).toEqual({ ...noUsage, ...read });
  });

  it('judge what has results, and nothing else', () => {
    const call = callOf('openai', 'moderation', 'omni-moderation-latest', { input: 'I like tea' });
    expect(sent(call)).toEqual({ input: 'I like tea', model: 'omni-moderation-latest' });
    expect(call.readWhole(jsonBytes({ id: 'modr-1', results: [{ flagged: false }] })).usageIsFinal).toBe(false);
    expect(() => call.readWhole(jsonBytes({ id: 'modr-1' }))).toThrow(/results/);
  });
});
