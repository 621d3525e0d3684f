import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@skein/config';
import { compatibleRoom, compatibleVendors, roomOfEnvironment } from './compatible-room.js';

describe('the worker of OpenAI-shaped vendors', () => {
  it.each(compatibleVendors)('serves %s under a name of its own', (vendor) => {
    expect(roomOfEnvironment({ VENDOR: vendor }).name).toBe(`provider-${vendor}`);
  });

  it('knows the vendors that differ from OpenAI in data only', () => {
    expect(compatibleVendors).toEqual(expect.arrayContaining(['groq', 'mistral', 'deepseek', 'ollama', 'custom']));
    expect(compatibleVendors).not.toContain('anthropic');
  });

  it.each([{ VENDOR: 'nobody' }, { VENDOR: 'openai' }, {}])(
    'does not start as %j, and lists whom it knows',
    (environment) => {
      const start = () => readSettings(roomOfEnvironment(environment).settings, environment);
      expect(start).toThrow(/VENDOR.*mistral.*groq/s);
    },
  );

  it('refuses a vendor it does not know by name', () => {
    expect(() => compatibleRoom('nobody')).toThrow(/"nobody".*groq/);
  });
});
