import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import { readCacheWish, readChat, readMetadata } from './read-chat.js';

const hello = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] };

function refusalOf(read: () => unknown): { code: string; param: string | null } {
  try {
    read();
  } catch (error) {
    if (error instanceof SkeinError) return { code: error.code, param: error.param };
  }
  throw new Error('it was not refused');
}

describe('reading a chat request', () => {
  it('keeps fields it does not know, for the vendor', () => {
    expect(readChat(RequestBody.of({ ...hello, top_k: 3 }))).toMatchObject({ top_k: 3 });
  });

  it.each([
    ['no model', { messages: hello.messages }, 'model'],
    ['no messages', { model: 'auto' }, 'messages'],
    ['an empty conversation', { ...hello, messages: [] }, 'messages'],
    ['a role that does not exist', { ...hello, messages: [{ role: 'narrator', content: 'x' }] }, 'messages.0.role'],
    ['a temperature that is text', { ...hello, temperature: 'hot' }, 'temperature'],
    ['tokens below one', { ...hello, max_tokens: 0 }, 'max_tokens'],
  ])('names the field at fault: %s', (_case, body, param) => {
    expect(refusalOf(() => readChat(RequestBody.of(body)))).toEqual({ code: 'invalid_request', param });
  });

  it('says that a body is not JSON', () => {
    const body = new RequestBody(new TextEncoder().encode('{"model": '));
    expect(refusalOf(() => readChat(body))).toEqual({ code: 'invalid_request', param: null });
  });
});

describe('reading metadata', () => {
  it('takes its own fields and leaves the vendor’s', () => {
    expect(readMetadata({ task: 'coding', ticket: '42' }, {})).toEqual({ task: 'coding' });
  });

  it('prefers the header, in either spelling', () => {
    expect(readMetadata({ priority: 'low' }, { 'x-skein-priority': 'high' })).toEqual({ priority: 'high' });
    expect(readMetadata({}, { 'x-skein-cost-center': 'a' })).toEqual({ cost_center: 'a' });
    expect(readMetadata({}, { 'x-skein-cost_center': 'b' })).toEqual({ cost_center: 'b' });
  });

  it('reads lists, numbers and booleans from headers', () => {
    const headers = { 'x-skein-fallbacks': 'a/b, c/d', 'x-skein-max-latency-ms': '250', 'x-skein-realtime': 'true' };
    expect(readMetadata(undefined, headers)).toEqual({
      fallbacks: ['a/b', 'c/d'],
      max_latency_ms: 250,
      realtime: true,
    });
  });

  it.each([
    [{ priority: 'urgent' }, {}, 'metadata.priority'],
    [{ task: 'juggling' }, {}, 'metadata.task'],
    [{ strategy: 'best' }, {}, 'metadata.strategy'],
    [{}, { 'x-skein-max-latency-ms': 'soon' }, 'metadata.max_latency_ms'],
    [{ max_cost_usd: 'cheap' }, {}, 'metadata.max_cost_usd'],
  ])('refuses a value outside its set: %j %j', (metadata, headers, param) => {
    expect(refusalOf(() => readMetadata(metadata, headers))).toEqual({ code: 'invalid_request', param });
  });
});

describe('the wish for the cache', () => {
  it('defaults to the policy and refuses what it does not know', () => {
    expect(readCacheWish({})).toBe('policy');
    expect(readCacheWish({ 'x-skein-cache': 'off' })).toBe('off');
    expect(refusalOf(() => readCacheWish({ 'x-skein-cache': 'semantic' })).param).toBe('x-skein-cache');
  });
});
