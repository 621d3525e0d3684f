import { describe, expect, it } from '@jest/globals';
import { SkeinError } from '@skein/contracts/errors';
import { asciiJson, decodeJson, deepFreeze, encodeJson, tryDecodeJson } from './wire-json.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('JSON on the wire', () => {
  it('comes back as it went, in any script', () => {
    const value = { text: 'Grüße, 世界, 🧶', list: [1, null, true], nested: { empty: {} } };
    expect(decodeJson(encodeJson(value))).toEqual(value);
  });

  it('says null for a reply of nothing', () => {
    expect(decodeJson(encodeJson(undefined))).toBeNull();
  });

  it('is our own fault when another room wrote none', () => {
    expect(() => decodeJson(bytes('{'))).toThrow(SkeinError);
  });

  it('is undefined, not an error, where anybody may have sent it', () => {
    expect(tryDecodeJson(bytes('{'))).toBeUndefined();
    expect(tryDecodeJson(bytes('{"a":1}'))).toEqual({ a: 1 });
  });

  it('fits a header: one line of ASCII that reads back the same', () => {
    const value = { tenant: 'Zoë\n世界\u2028🧶\u007f', ok: 'plain ~' };
    const text = asciiJson(value);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('a frozen value', () => {
  it('cannot be changed at any depth', () => {
    const value = deepFreeze({ list: [{ deep: 1 }] });
    expect(() => void ((value.list[0] as { deep: number }).deep = 2)).toThrow(TypeError);
    expect(() => value.list.push({ deep: 3 })).toThrow(TypeError);
  });
});
