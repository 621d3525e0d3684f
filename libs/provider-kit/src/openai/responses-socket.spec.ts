import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { vendorById } from '@skein/catalog';
import { RequestBody } from '@skein/contracts/wire';
import { dataLinesOf, readFixtures } from '../conformance/fixture.js';
import { ResponseStream, readResponseUsage, toResponseCreate } from './responses-socket.js';

const create = (request: object) => {
  const bytes = toResponseCreate({
    body: RequestBody.of({ model: 'auto', messages: [{ role: 'user', content: 'hi' }], ...request }),
    model: 'gpt-5',
    stream: true,
    continuation: null,
    record: null,
    at: 0,
  });
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
};

describe('a chat as a Response', () => {
  it('says what was said, in the fields a Response has', () => {
    const schema = { type: 'object' };
    expect(
      create({
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        ],
        max_tokens: 5,
        temperature: 0.2,
        reasoning_effort: 'low',
        response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
        metadata: { task: 'code', run: '7' },
        stream_options: { include_usage: true },
      }),
    ).toEqual({
      type: 'response.create',
      model: 'gpt-5',
      store: false,
      input: [
        { type: 'message', role: 'system', content: 'be brief' },
        { type: 'message', role: 'user', content: 'hi' },
      ],
      max_output_tokens: 5,
      temperature: 0.2,
      text: { format: { type: 'json_schema', name: 's', schema } },
      reasoning: { effort: 'low' },
      metadata: { run: '7' },
    });
  });

  it.each([
    { tools: [{ type: 'function', function: { name: 'f' } }] },
    { n: 2 },
    { logprobs: true },
    { stop: ['x'] },
    { seed: 1 },
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
    { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] },
    { messages: [] },
  ])('leaves what is more than text to HTTP: %j', (request) => {
    expect(create(request)).toBeNull();
  });
});

describe('the events of a Response', () => {
  const feed = (events: readonly object[]) => {
    const stream = new ResponseStream(vendorById('openai'), 0, true);
    const chunks = events.flatMap((event) =>
      stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(event)) }),
    );
    return { stream, chunks: [...chunks, ...stream.close()] };
  };
  const response = { id: 'resp_1', model: 'gpt-5' };
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 3 },
  };

  it('are chunks, an end and a usage', () => {
    const { stream, chunks } = feed([
      { type: 'response.created', response },
      { type: 'response.output_item.added' },
      { type: 'response.reasoning_summary_text.delta', delta: 'hm' },
      { type: 'response.output_text.delta', delta: 'Par' },
      { type: 'response.output_text.delta', delta: 'is' },
      { type: 'response.completed', response: { ...response, usage } },
    ]);
    expect(chunks.map(({ hasContent }) => hasContent)).toEqual([false, true, true, true, false, false]);
    expect(stream.progress).toMatchObject({ finishReason: 'stop', answerId: 'resp_1', modelServed: 'gpt-5' });
    expect(stream.progress.usage).toMatchObject({ input_uncached: 6, cache_read: 4, output: 7, reasoning: 3 });
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
  ])('are incomplete by %s', (reason, finish) => {
    const incomplete = { ...response, incomplete_details: { reason } };
    const { stream } = feed([
      { type: 'response.created', response },
      { type: 'response.incomplete', response: incomplete },
    ]);
    expect(stream.progress.finishReason).toBe(finish);
  });

  it.each([
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, 'vendor_rate_limited'],
    [{ type: 'response.failed', response: { error: { code: 'server_error', message: 'no' } } }, 'vendor_failed'],
    [{ type: 'response.output_text.delta', delta: 'x' }, 'vendor_malformed'],
    [[1], 'vendor_malformed'],
  ])('fail as %j', (event, code) => {
    expect(() => feed([event])).toThrow(expect.objectContaining({ code }));
  });

  it('have no usage where none was told', () => {
    expect(readResponseUsage({})).toBeNull();
  });
});

// The whole set has Responses over server-sent events, whose events are the same.
const recorded = readFixtures('openai').filter(
  ({ tags, response }) => tags.includes('responses') && response.body_kind === 'sse' && !tags.includes('error-body'),
);
const describeRecorded = () =>
  describe('recorded Responses', () => {
    it.each(recorded.map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
      const lines = dataLinesOf(String(fixture.response.body));
      const events = lines
        .filter((line) => line !== '[DONE]')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const stream = new ResponseStream(vendorById('openai'), 0, false);
      const text = events
        .flatMap((event) => stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(event)) }))
        .map(
          ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)) as { choices: { delta: { content?: string } }[] },
        )
        .flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? ''))
        .join('');
      const told = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => String(delta));
      expect(text).toBe(told.join(''));
      const hasEnded = events.some(({ type }) => type === 'response.completed' || type === 'response.incomplete');
      expect(stream.progress.finishReason !== null).toBe(hasEnded);
    });
  });
if (recorded.length > 0) describeRecorded();
