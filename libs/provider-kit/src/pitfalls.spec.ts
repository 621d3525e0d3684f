// What other libraries were found to get wrong with the same vendors: each is a promise here.
import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import type { VendorId } from '@skein/catalog';
import { RequestBody } from '@skein/contracts/wire';
import { geminiDialect } from './gemini/gemini-dialect.js';
import { jsonBytes } from './json.js';
import { openAiDialect } from './openai/openai-dialect.js';
import type { VendorAdapter } from './vendor-adapter.js';

const google = geminiDialect('google', {
  root: '/v1beta/',
  models: 'models/',
  embeddings: 'batchEmbedContents',
  authorize: () => ({}),
});

function prepare(adapter: VendorAdapter, request: object, stream = false) {
  const body = RequestBody.of({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream, ...request });
  const call = adapter.prepare({ body, model: 'gemini-2.5-flash', stream, continuation: null, record: null, at: 0 });
  return { call, sent: JSON.parse(new TextDecoder().decode(call.body)) as Record<string, unknown> };
}

function runStream(vendor: VendorId, chunks: readonly object[], request: object = {}) {
  const stream = prepare(openAiDialect(vendor), request, true).call.openStream();
  const shown = chunks.flatMap((chunk) => stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(chunk)) }));
  return { shown: shown.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as unknown), stream };
}

const delta = (index: number, content: string, finish: string | null = null) => ({
  id: 'x',
  model: 'm',
  choices: [{ index, delta: { content }, finish_reason: finish }],
});

describe('what is easily lost between clients and vendors', () => {
  it('several choices of a stream stay apart, and the stream ends when all have', () => {
    const chunks = [delta(0, 'a'), delta(1, 'b'), delta(0, '', 'stop'), delta(1, 'c')];
    const { shown, stream } = runStream('openai', chunks, { n: 2 });
    expect(shown).toEqual(chunks);
    expect(stream.progress.finishReason).toBeNull();
    stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(delta(1, '', 'stop'))) });
    expect(stream.progress.finishReason).toBe('stop');
  });

  it('likelihoods without alternatives, fingerprints and fields nobody knows go on as they came', () => {
    const chunk = {
      ...delta(0, 'a', 'stop'),
      system_fingerprint: 'fp',
      service_tier: 'flex',
      novelty: [1],
      choices: [
        {
          index: 0,
          delta: { content: 'a' },
          logprobs: { content: [{ token: 'a', logprob: -1 }] },
          finish_reason: 'stop',
        },
      ],
    };
    expect(runStream('openai', [chunk]).shown).toEqual([chunk]);
  });

  it('a chunk without choices breaks nothing, wherever it stands', () => {
    const chunks = [
      { choices: [] },
      delta(0, 'a'),
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
      delta(0, '', 'stop'),
    ];
    for (const vendor of ['mistral', 'azure', 'openai'] as const)
      expect(runStream(vendor, chunks).stream.progress.finishReason).toBe('stop');
  });

  it('a schema beside tools is sent as both, never as a tool made up, and nothing is forced', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: schema } }];
    const response_format = { type: 'json_schema', json_schema: { name: 's', schema } };
    for (const adapter of [openAiDialect('groq'), openAiDialect('openai')]) {
      expect(prepare(adapter, { tools, response_format }).sent).toMatchObject({ tools, response_format });
      expect(prepare(adapter, { tools, response_format }).sent).not.toHaveProperty('tool_choice');
    }
    const { sent } = prepare(google, { tools, response_format });
    expect(sent).toMatchObject({ generationConfig: { responseJsonSchema: schema } });
    expect(sent.tools).toHaveLength(1);
    expect(sent).not.toHaveProperty('toolConfig');
  });

  it.each([
    ['openai', 'reasoning_content'],
    ['groq', 'reasoning'],
    ['deepseek', 'reasoning_content'],
  ] as const)('%s’s thinking in %s is heard and goes on', (vendor, field) => {
    const answer = { id: 'x', choices: [{ message: { content: 'a', [field]: 'hm' }, finish_reason: 'stop' }] };
    const whole = prepare(openAiDialect(vendor), {}).call.readWhole(jsonBytes(answer));
    expect(JSON.parse(new TextDecoder().decode(whole.answer))).toEqual(answer);
    expect(whole.outputBytes).toBe(3);
  });

  it.each([
    ['deepseek', { prompt_cache_hit_tokens: 4 }],
    ['deepseek', { prompt_tokens_details: { cached_tokens: 4 } }],
    ['moonshot', { cached_tokens: 4 }],
    ['mistral', { num_cached_tokens: 4 }],
  ] as const)('%s’s cached tokens are found in %j', (vendor, told) => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11, ...told };
    const answer = { id: 'x', choices: [{ message: { content: 'a' }, finish_reason: 'stop' }], usage };
    const whole = prepare(openAiDialect(vendor), {}).call.readWhole(jsonBytes(answer));
    expect(whole.usage).toMatchObject({ input_uncached: 6, cache_read: 4 });
    expect(JSON.parse(new TextDecoder().decode(whole.answer))).toEqual(answer);
  });

  it('seeds are sent, renamed, or said to be missing', () => {
    expect(prepare(openAiDialect('groq'), { seed: 1 }).sent).toHaveProperty('seed', 1);
    expect(prepare(openAiDialect('mistral'), { seed: 1 }).sent).toHaveProperty('random_seed', 1);
    expect(prepare(openAiDialect('deepseek'), { seed: 1 }).call.notices).toEqual([expect.stringContaining('seed')]);
    expect(prepare(google, { seed: 1 }).sent).toMatchObject({ generationConfig: { seed: 1 } });
  });

  it('top_p goes beside temperature where both are taken', () => {
    const asked = { temperature: 0.5, top_p: 0.5 };
    expect(prepare(openAiDialect('openai'), asked).sent).toMatchObject(asked);
    expect(prepare(google, asked).sent).toMatchObject({ generationConfig: { temperature: 0.5, topP: 0.5 } });
  });

  it('sound is sent where it is heard, and refused by name where it is not', () => {
    const content = [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }];
    const messages = [{ role: 'user', content }];
    expect(prepare(openAiDialect('openai'), { messages }).sent).toMatchObject({ messages });
    expect(prepare(openAiDialect('mistral'), { messages }).sent).toMatchObject({ messages });
    for (const vendor of ['groq', 'deepseek'] as const) {
      expect(() => prepare(openAiDialect(vendor), { messages })).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: 'messages[0].content[0]' }),
      );
    }
  });

  it('an ending of the vendor’s own is told as one of ours, and one that is none is a failure', () => {
    const ended = (vendor: VendorId, word: string) =>
      runStream(vendor, [delta(0, 'a', word)]).stream.progress.finishReason;
    expect(ended('together', 'eos')).toBe('stop');
    expect(ended('mistral', 'model_length')).toBe('length');
    expect(ended('zhipu', 'sensitive')).toBe('content_filter');
    expect(() => ended('deepseek', 'insufficient_system_resource')).toThrow(
      expect.objectContaining({ code: 'vendor_overloaded' }),
    );
    expect(() => ended('zhipu', 'network_error')).toThrow(expect.objectContaining({ code: 'vendor_failed' }));
  });
});
