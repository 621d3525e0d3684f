import { describe, expect, it } from '@jest/globals';
import { messageBatchRequest, toLines, toMessageResult } from './message-batch.js';

const params = { model: 'claude', max_tokens: 8, system: 'Be brief.', messages: [{ role: 'user', content: 'hi' }] };
const linesOf = (requests: unknown[]) =>
  [...toLines(messageBatchRequest.parse({ requests }), [])].map(
    (line) => JSON.parse(new TextDecoder().decode(line)) as object,
  );

describe('a batch of messages', () => {
  it('becomes lines of chat completions', () => {
    expect(linesOf([{ custom_id: 'a', params }])).toEqual([
      {
        custom_id: 'a',
        method: 'POST',
        url: '/v1/chat/completions',
        body: {
          model: 'claude',
          max_tokens: 8,
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'hi' },
          ],
        },
      },
    ]);
  });

  it.each([
    [
      'a repeated custom_id',
      [
        { custom_id: 'a', params },
        { custom_id: 'a', params },
      ],
      'requests.1.custom_id',
    ],
    [
      'missing max_tokens',
      [{ custom_id: 'a', params: { ...params, max_tokens: undefined } }],
      'requests.0.params.max_tokens',
    ],
    ['a stream', [{ custom_id: 'a', params: { ...params, stream: true } }], 'requests.0.params.stream'],
  ])('names what is wrong: %s', (_, requests, param) => {
    expect(() => linesOf(requests)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});

describe('a result of a batch of messages', () => {
  const read = (line: object) => JSON.parse(toMessageResult(JSON.stringify({ custom_id: 'a', ...line }))) as object;

  it('is a message', () => {
    const body = {
      id: 'x',
      model: 'm',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'yes' } }],
    };
    expect(read({ response: { status_code: 200, request_id: 'r', body }, error: null })).toMatchObject({
      custom_id: 'a',
      result: {
        type: 'succeeded',
        message: { type: 'message', content: [{ type: 'text', text: 'yes' }], stop_reason: 'end_turn' },
      },
    });
  });

  it('is an error in the dialect', () => {
    const body = { error: { message: 'no', type: 'x', param: null, code: 'rate_limit_exceeded' } };
    expect(read({ response: { status_code: 429, request_id: 'r', body }, error: null })).toMatchObject({
      result: { type: 'errored', error: { type: 'error', error: { type: 'rate_limit_error', message: 'no' } } },
    });
  });

  it.each([
    ['batch_expired', 'expired'],
    ['batch_cancelled', 'canceled'],
  ])('says that it was never answered: %s', (code, type) => {
    expect(read({ response: null, error: { code, message: 'x' } })).toMatchObject({ result: { type } });
  });
});
