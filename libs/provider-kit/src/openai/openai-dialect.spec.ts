import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import { openAiDialect } from './openai-dialect.js';

const outgoing = { host: 'h', path: '/', body: new Uint8Array(), at: 0, region: null };
const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));

describe('the adapter of an OpenAI-shaped vendor', () => {
  it('shows its key as the vendor wants it', () => {
    expect(openAiDialect('openai').authorize('k', outgoing)).toEqual({ authorization: 'Bearer k' });
    expect(openAiDialect('azure').authorize('k', outgoing)).toEqual({ 'api-key': 'k' });
  });

  it('finds the id of a request where the vendor puts it', () => {
    const headers = { 'x-request-id': 'x', 'apim-request-id': 'a' };
    expect(openAiDialect('openai').readRequestId(headers)).toBe('x');
    expect(openAiDialect('azure').readRequestId(headers)).toBe('a');
    const error = openAiDialect('azure').readError(500, headers, bytes({}), 0);
    expect(error.detail).toEqual({ vendor_request_id: 'a' });
  });
});

describe('Azure', () => {
  const call = openAiDialect('azure').prepare({
    body: RequestBody.of({ model: 'm', messages: [], stream: true }),
    model: 'gpt-4o',
    stream: true,
    continuation: null,
    record: null,
    at: 0,
  });

  it('refuses content with an error within a 200', () => {
    const error = { message: 'filtered', code: 'content_filter', status: 400 };
    expect(() => call.readWhole(bytes({ error }))).toThrow(
      expect.objectContaining({ code: 'content_refused', status: 400, vendor: 'azure' }),
    );
  });

  it('tells of its filters in a first chunk, which is passed on and is no content', () => {
    const stream = call.openStream();
    const first = { choices: [], prompt_filter_results: [{ prompt_index: 0 }], model: '', object: '' };
    const chunks = stream.feed({ event: 'message', data: Buffer.from(JSON.stringify(first)) });
    expect(chunks).toMatchObject([{ hasContent: false }]);
    expect(stream.progress).toMatchObject({ finishReason: null, modelServed: null });
  });
});
