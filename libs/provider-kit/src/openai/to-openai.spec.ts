import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import { vendorById, type VendorId } from '@skein/catalog';
import type { Question } from '../vendor-adapter.js';
import { toOpenAi } from './to-openai.js';

const messages = [{ role: 'user', content: 'hi' }];

function translate(request: unknown, vendor: VendorId = 'openai', question: Partial<Question> = {}) {
  const { body, ...rest } = toOpenAi(
    {
      body: RequestBody.of(request),
      model: 'm-1',
      stream: false,
      continuation: null,
      record: null,
      at: 0,
      ...question,
    },
    vendor,
    vendorById(vendor).quirks,
  );
  return { ...rest, text: new TextDecoder().decode(body), sent: JSON.parse(new TextDecoder().decode(body)) as object };
}

describe('a request for an OpenAI-shaped vendor', () => {
  it('is the customer’s own bytes when even the model is the same', () => {
    const bytes = new TextEncoder().encode('{ "model": "m-1",  "messages": [], "top_p": 1.0, "extra": {"a": 1E2} }');
    const { body } = toOpenAi(
      { body: new RequestBody(bytes), model: 'm-1', stream: false, continuation: null, record: null, at: 0 },
      'openai',
      vendorById('openai').quirks,
    );
    expect(body).toBe(bytes);
  });

  it('keeps fields nobody knows', () => {
    const { sent } = translate({ model: 'auto', messages, n: 2, logprobs: true, novelty: { a: [1] } });
    expect(sent).toEqual({ model: 'm-1', messages, n: 2, logprobs: true, novelty: { a: [1] } });
  });

  it('asks for usage on streams, beside what else was asked of them', () => {
    const { sent, wantsUsageChunk } = translate(
      { model: 'auto', messages, stream: true, stream_options: { x: 1 } },
      'openai',
      {
        stream: true,
      },
    );
    expect(sent).toMatchObject({ stream: true, stream_options: { x: 1, include_usage: true } });
    expect(wantsUsageChunk).toBe(false);
  });

  it('does not send options of streams to who refuses them, nor with what is no stream', () => {
    const asked = { model: 'auto', messages, stream: true, stream_options: { include_usage: true } };
    expect(translate(asked, 'mistral', { stream: true }).sent).not.toHaveProperty('stream_options');
    const whole = translate(asked).sent;
    expect(whole).not.toHaveProperty('stream_options');
    expect(whole).toMatchObject({ stream: false });
  });

  it('keeps what is said to Skein from the vendor', () => {
    const own = { task: 'code', priority: 'high' };
    expect(translate({ model: 'auto', messages, metadata: own }).sent).not.toHaveProperty('metadata');
    expect(translate({ model: 'auto', messages, metadata: { ...own, run: '7' } }).sent).toMatchObject({
      metadata: { run: '7' },
    });
    expect(translate({ model: 'auto', messages, metadata: { run: '7' } }).text).toContain('"metadata":{"run":"7"}');
  });

  it.each([
    ['openai', { max_tokens: 5 }, { max_completion_tokens: 5 }],
    ['openai', { max_completion_tokens: 5 }, { max_completion_tokens: 5 }],
    ['mistral', { max_completion_tokens: 5 }, { max_tokens: 5 }],
    ['mistral', { seed: 3 }, { random_seed: 3 }],
    ['groq', { seed: 3 }, { seed: 3 }],
  ] as const)('spells limits and seeds as %s does', (vendor, asked, expected) => {
    expect(translate({ model: 'auto', messages, ...asked }, vendor).sent).toEqual({
      model: 'm-1',
      messages,
      ...expected,
    });
  });

  it('says so when a vendor has no seed', () => {
    const { sent, notices } = translate({ model: 'auto', messages, seed: 3 }, 'deepseek');
    expect(sent).not.toHaveProperty('seed');
    expect(notices).toEqual([expect.stringContaining('deepseek has no seed')]);
  });

  it('goes on from what another vendor said', () => {
    const { sent } = translate({ model: 'auto', messages }, 'openai', { continuation: { text_so_far: 'Once upon' } });
    expect(sent).toMatchObject({
      messages: [...messages, { role: 'assistant', content: 'Once upon' }, { role: 'user' }],
    });
  });

  it('refuses a body that is no object', () => {
    expect(() => translate([1])).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
