import { describe, expect, it } from '@jest/globals';
import { RequestBody } from './request-body.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a request body', () => {
  it('is JSON, and has no file', () => {
    const body = new RequestBody(bytesOf(' {"a":"Grüße"}'));
    expect([body.json, body.file]).toEqual([{ a: 'Grüße' }, null]);
  });

  it('with a file has both, wherever its bytes lie', () => {
    const file = Uint8Array.of(0, 255, 0x7b, 0);
    const sent = RequestBody.withFile({ a: 'Grüße' }, file).bytes;
    const roomy = new Uint8Array(sent.length + 7);
    roomy.set(sent, 7);
    const body = new RequestBody(roomy.subarray(7));
    expect([body.json, [...(body.file ?? [])]]).toEqual([{ a: 'Grüße' }, [...file]]);
  });

  it('reads the same again once what was parsed is forgotten', () => {
    const body = new RequestBody(bytesOf('{"a":1}'));
    const before = body.json;
    expect(body.json).toBe(before);
    body.forgetJson();
    expect(body.json).toEqual(before);
    expect(body.json).not.toBe(before);
  });

  it.each([
    ['nothing', ''],
    ['half of an object', '{"a":'],
    ['no UTF-8', '\ud800'],
    ['a head without a body', '\0\0\0\0'],
    ['a head that tells more than there is', '\0\0\0\0\x09{"a"'],
  ])('that is %s is refused', (_, text) => {
    const bytes = text === '\ud800' ? Uint8Array.of(0x22, 0xff, 0x22) : bytesOf(text);
    expect(() => new RequestBody(bytes).json).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
