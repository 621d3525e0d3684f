import { describe, expect, it } from '@jest/globals';
import { readLine } from './read-line.js';

const ENDPOINT = '/v1/chat/completions';
const good = {
  custom_id: 'a',
  method: 'POST',
  url: ENDPOINT,
  body: { model: 'auto', messages: [{ role: 'user', content: 'hi' }] },
};
const read = (value: unknown, seen = new Set<string>()) =>
  readLine(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)), 7, ENDPOINT, seen);

describe('a line of a batch', () => {
  it('is taken as the customer wrote it', () => {
    expect(read(good)).toEqual({ line: { lineNo: 7, customId: 'a', body: good.body, asked: null } });
  });

  it('may be blank', () => {
    expect(read('  ')).toEqual({ blank: true });
  });

  it.each([
    ['what is no JSON', '{', 'invalid_json_line', null],
    ['what is no object', '[1]', 'invalid_json_line', null],
    ['a missing custom_id', { ...good, custom_id: undefined }, 'missing_required_parameter', 'custom_id'],
    ['another method', { ...good, method: 'GET' }, 'invalid_method', 'method'],
    ['another endpoint', { ...good, url: '/v1/embeddings' }, 'mismatched_endpoint', 'url'],
    ['a body without messages', { ...good, body: { model: 'auto' } }, 'invalid_request', 'body.messages'],
    ['no body', { ...good, body: undefined }, 'invalid_request', 'body'],
    ['a stream', { ...good, body: { ...good.body, stream: true } }, 'invalid_request', 'body.stream'],
  ])('refuses %s and says which line it is', (_, value, code, param) => {
    expect(read(value)).toMatchObject({ error: { code, param, line: 7 } });
  });

  it.each([
    ['/v1/embeddings', { model: 'auto', input: 'hi' }, null],
    ['/v1/embeddings', { model: 'auto' }, 'body.input'],
    ['/v1/embeddings', { input: ['hi'] }, 'body.model'],
    ['/v1/moderations', { input: ['hi'] }, null],
    ['/v1/moderations', { input: 3 }, 'body.input'],
  ] as const)('asks %s for what that endpoint takes: %j', (url, body, param) => {
    const line = { ...good, url, body };
    const read = readLine(new TextEncoder().encode(JSON.stringify(line)), 7, url, new Set());
    expect(read).toMatchObject(param === null ? { line: { body } } : { error: { code: 'invalid_request', param } });
    expect('line' in read ? Object.keys(read.line.body) : ['model']).toContain('model');
  });

  it('runs a Responses request as a chat, and remembers what its answer repeats', () => {
    const url = '/v1/responses';
    const body = { model: 'auto', instructions: 'Be brief.', input: 'hi', max_output_tokens: 5 };
    const ask = (change: object) =>
      readLine(
        new TextEncoder().encode(JSON.stringify({ ...good, url, body: { ...body, ...change } })),
        7,
        url,
        new Set(),
      );
    expect(ask({})).toEqual({
      line: {
        lineNo: 7,
        customId: 'a',
        body: {
          model: 'auto',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'hi' },
          ],
          max_completion_tokens: 5,
        },
        asked: { model: 'auto', instructions: 'Be brief.', max_output_tokens: 5 },
      },
    });
    const refused = (change: object) => ask(change) as { error: { param: string } };
    expect(refused({ stream: true }).error.param).toBe('body.stream');
    expect(refused({ background: true }).error.param).toBe('body.background');
    expect(refused({ previous_response_id: 'resp_1' }).error.param).toBe('body.previous_response_id');
    expect(refused({ conversation: 'conv_1' }).error.param).toBe('body.conversation');
    expect(refused({ input: [{ type: 'item_reference', id: 'msg_1' }] }).error.param).toBe('body.input.0');
  });

  it('refuses a custom_id that an earlier line has', () => {
    expect(read(good, new Set(['a']))).toMatchObject({ error: { code: 'duplicate_custom_id', line: 7 } });
  });
});
