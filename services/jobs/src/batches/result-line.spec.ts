import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import type { EndedLine } from './batch.js';
import { toResultLine } from './result-line.js';

const line: EndedLine = {
  lineNo: 3,
  customId: 'c',
  requestId: 'req_1',
  asked: null,
  status: 'succeeded',
  result: null,
  error: null,
  attempts: [],
};
const read = (change: Partial<EndedLine>) => {
  const { file, text } = toResultLine('batch_B', { ...line, ...change });
  expect(text.endsWith('\n')).toBe(true);
  return { file, ...(JSON.parse(text) as object) };
};

describe('a line of the results', () => {
  it('has the answer and the request it came of', () => {
    expect(read({ result: { status_code: 200, body: { id: 'x' } } })).toEqual({
      file: 'output',
      id: 'batch_req_B_3',
      custom_id: 'c',
      response: {
        status_code: 200,
        request_id: 'req_1',
        body: { id: 'x' },
        skein: { cost_usd: '0', attempts: [] },
      },
      error: null,
    });
  });

  it('has what the endpoint would have refused it with', () => {
    const error = new SkeinError('no_admissible_model', 'none').toWire();
    expect(read({ status: 'failed', error })).toMatchObject({
      file: 'error',
      response: { status_code: 422, body: { error: { code: 'no_admissible_model' } } },
      error: null,
    });
  });

  it('answers a Responses request with a response, by the settings it asked with', () => {
    const chat = {
      model: 'm-1',
      created: 1_700_000_000,
      choices: [{ message: { role: 'assistant', content: 'Four.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 2 },
    };
    const asked = { model: 'm', instructions: 'Be brief.', temperature: 0 };
    expect(read({ asked, result: { status_code: 200, body: chat } })).toMatchObject({
      file: 'output',
      response: {
        status_code: 200,
        body: {
          id: 'resp_1',
          object: 'response',
          created_at: 1_700_000_000,
          status: 'completed',
          model: 'm-1',
          instructions: 'Be brief.',
          temperature: 0,
          store: false,
          output: [{ type: 'message', content: [{ type: 'output_text', text: 'Four.' }] }],
          usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
        },
      },
    });
    expect(read({ asked, result: { status_code: 200, body: { choices: [] } } })).toMatchObject({
      file: 'error',
      response: { status_code: 502, body: { error: { code: 'vendor_malformed' } } },
    });
  });

  it.each([
    ['expired', 'batch_expired'],
    ['cancelled', 'batch_cancelled'],
  ] as const)('says that it was never answered: %s', (status, code) => {
    expect(read({ status })).toMatchObject({ file: 'error', response: null, error: { code } });
  });
});
