import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { vendorById } from '@skein/catalog';
import { jsonBytes } from '../../json.js';
import { readResponseWhole } from './from-response.js';
import { ResponseStream } from './response-stream.js';
import { readResponseUsage } from './response-words.js';

const openai = vendorById('openai');
const head = { id: 'resp_1', model: 'gpt-5' };
const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
};
const created = { type: 'response.created', response: head };

function feed(events: readonly object[], wantsUsageChunk = true) {
  const stream = new ResponseStream(openai, 0, wantsUsageChunk);
  const chunks = events.flatMap((event) => stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(event)) }));
  const all = [...chunks, ...stream.close()];
  const read = all.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as { choices: { delta: object }[] });
  return { stream, chunks: all, deltas: read.flatMap(({ choices }) => choices.map(({ delta }) => delta)) };
}
const completed = (rest: object = {}) => ({ type: 'response.completed', response: { ...head, usage, ...rest } });
const messageOf = (output: readonly object[]) =>
  (
    JSON.parse(new TextDecoder().decode(readResponseWhole(jsonBytes({ ...head, output }), openai, 0).answer)) as {
      choices: { message: object }[];
    }
  ).choices[0]?.message;

const thought = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'hm' }],
  encrypted_content: 'x',
};
const searched = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
const cited = { type: 'url_citation', url: 'u', start_index: 0, end_index: 2 };
const words = (text: string, rest: object = {}) => ({
  type: 'message',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [], ...rest }],
});
const called = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"x":1}' };

describe('the events of a Response', () => {
  it('are chunks, an end and a usage', () => {
    const { stream, chunks } = feed([
      created,
      { type: 'response.output_item.added' },
      { type: 'response.reasoning_summary_text.delta', delta: 'hm' },
      { type: 'response.output_text.delta', delta: 'Par' },
      { type: 'response.output_text.delta', delta: 'is' },
      completed(),
    ]);
    expect(chunks.map(({ hasContent }) => hasContent)).toEqual([false, true, true, true, false, false]);
    expect(stream.progress).toMatchObject({ finishReason: 'stop', answerId: 'resp_1', modelServed: 'gpt-5' });
    expect(stream.progress.usage).toMatchObject({ input_uncached: 6, cache_read: 4, output: 7, reasoning: 3 });
  });

  it('keep thoughts, the vendor’s own tools, texts and calls in their order', () => {
    const done = (output_index: number, item: object) => ({ type: 'response.output_item.done', output_index, item });
    const begun = (output_index: number, item: object) => ({ type: 'response.output_item.added', output_index, item });
    const { deltas, stream } = feed([
      created,
      begun(0, { ...thought, summary: [] }),
      { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'hm' },
      done(0, thought),
      begun(1, { type: 'message', phase: 'commentary', content: [] }),
      { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Wait.', logprobs: [] },
      done(1, words('Wait.')),
      begun(2, searched),
      done(2, searched),
      begun(3, { type: 'message', content: [] }),
      { type: 'response.output_text.delta', output_index: 3, content_index: 0, delta: 'So.', logprobs: [] },
      { type: 'response.output_text.annotation.added', output_index: 3, content_index: 0, annotation: cited },
      done(3, words('So.')),
      begun(4, { ...called, arguments: '' }),
      { type: 'response.function_call_arguments.delta', output_index: 4, delta: '{"x":' },
      done(4, called),
      completed({ service_tier: 'default' }),
    ]);
    const order = [
      { type: 'item' },
      { type: 'text', length: 5, phase: 'commentary' },
      { type: 'item' },
      { type: 'text', length: 3, annotations: 1 },
      { type: 'call' },
    ];
    const annotation = { type: 'url_citation', url_citation: { url: 'u', start_index: 5, end_index: 7 } };
    expect(deltas.slice(1)).toEqual([
      { reasoning_content: 'hm' },
      { response_items: [thought] },
      { phase: 'commentary' },
      { content: 'Wait.' },
      { response_items: [searched] },
      { content: 'So.' },
      { annotations: [annotation] },
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { block_order: order },
      {},
    ]);
    expect(stream.progress.finishReason).toBe('tool_calls');
    const whole = messageOf([
      thought,
      { ...words('Wait.'), phase: 'commentary' },
      searched,
      words('So.', { annotations: [cited] }),
      called,
    ]);
    expect(whole).toMatchObject({
      content: 'Wait.So.',
      reasoning_content: 'hm',
      response_items: [thought, searched],
      annotations: [annotation],
      block_order: order,
    });
  });

  it('say where one text follows another, and what came only whole', () => {
    const typed = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c1', name: 'f', input: 'x' };
    const { deltas } = feed([
      created,
      { type: 'response.output_item.done', output_index: 0, item: words('One.') },
      { type: 'response.output_item.done', output_index: 1, item: words('Two.') },
      { type: 'response.output_item.done', output_index: 2, item: typed },
      completed(),
    ]);
    expect(deltas.slice(1, -2)).toEqual([
      { content: 'One.' },
      { block_order: [] },
      { content: 'Two.' },
      { tool_calls: [{ index: 0, id: 'c1', type: 'custom', custom: { name: 'f', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: 'x' } }] },
    ]);
  });

  it.each([
    [{ reason: 'max_output_tokens' }, 'length'],
    [{ reason: 'content_filter' }, 'content_filter'],
    [null, 'length'],
  ])('are incomplete by %j', (incomplete_details, finish) => {
    const { stream } = feed([created, { type: 'response.incomplete', response: { ...head, incomplete_details } }]);
    expect(stream.progress.finishReason).toBe(finish);
  });

  it.each([
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, 'vendor_rate_limited'],
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'slow', param: null }, 'vendor_rate_limited'],
    [{ type: 'response.failed', response: { error: { code: 'server_error', message: 'no' } } }, 'vendor_failed'],
    [{ type: 'response.output_text.delta', delta: 'x' }, 'vendor_malformed'],
    [{ type: 'response.function_call_arguments.delta', delta: 'x' }, 'vendor_malformed'],
    [[1], 'vendor_malformed'],
  ])('fail as %j', (event, code) => {
    expect(() => feed([event])).toThrow(expect.objectContaining({ code }));
  });

  it('have no usage where none was told', () => {
    expect(readResponseUsage({})).toBeNull();
  });
});

describe('a whole Response', () => {
  it.each([
    [
      'one that failed',
      { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } },
      'vendor_rate_limited',
    ],
    ['one that is not finished', { status: 'in_progress' }, 'vendor_malformed'],
    ['one without output', { output: undefined }, 'vendor_malformed'],
    ['a call without a name', { output: [{ type: 'function_call', call_id: 'c' }] }, 'vendor_malformed'],
  ])('is not %s', (_, change, code) => {
    const bytes = jsonBytes({ ...head, output: [], ...change });
    expect(() => readResponseWhole(bytes, openai, 0)).toThrow(expect.objectContaining({ code }));
  });

  it('tells refusals, likelihoods and the tier', () => {
    const logprobs = [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }];
    const { answer, finishReason } = readResponseWhole(
      jsonBytes({ ...head, status: 'completed', service_tier: 'flex', output: [words('Hi', { logprobs })] }),
      openai,
      0,
    );
    expect(finishReason).toBe('stop');
    expect(JSON.parse(new TextDecoder().decode(answer))).toMatchObject({
      service_tier: 'flex',
      choices: [{ logprobs: { content: logprobs, refusal: null }, message: { content: 'Hi' } }],
    });
    expect(messageOf([{ type: 'message', content: [{ type: 'refusal', refusal: 'no' }] }])).toMatchObject({
      content: null,
      refusal: 'no',
    });
  });
});
