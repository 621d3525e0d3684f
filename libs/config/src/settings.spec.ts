import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { SettingsError, explainSettings, readSettings, secretSetting, setting } from './settings.js';

const spec = {
  PORT: setting(z.coerce.number().int().positive().default(8080), 'Where it listens'),
  MODE: setting(z.enum(['quick', 'safe']).default('safe'), 'How it works'),
  REGION: setting(z.string({ error: 'is required' }), 'Where it runs'),
  API_KEY: secretSetting(z.string({ error: 'is required' }).min(8, 'is too short'), 'The key of the vendor'),
  SPARE_KEY: secretSetting(z.string().optional(), 'Another key'),
};
const enough = { REGION: 'eu', API_KEY: 'sk-verysecret' };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(spec, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('are read with their types and defaults', () => {
    expect(readSettings(spec, { ...enough, PORT: '9000' })).toEqual({
      PORT: 9000,
      MODE: 'safe',
      REGION: 'eu',
      API_KEY: 'sk-verysecret',
      SPARE_KEY: undefined,
    });
  });

  it('take an empty variable for one that is not there', () => {
    expect(readSettings(spec, { ...enough, PORT: '', SPARE_KEY: '' })).toMatchObject({
      PORT: 8080,
      SPARE_KEY: undefined,
    });
  });

  it('are frozen', () => {
    const settings = readSettings(spec, enough);
    expect(() => Object.assign(settings, { PORT: 1 })).toThrow(TypeError);
  });

  it('that cannot be used are all listed at once, each with its name and sentence', () => {
    const problems = problemsOf({ PORT: 'eighty', MODE: 'fast' });
    expect(problems).toHaveLength(4);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['PORT', 'MODE', 'REGION', 'API_KEY']);
    expect(problems[2]).toBe('REGION: is required (Where it runs)');
    expect(new SettingsError(problems).message.split('\n')).toHaveLength(5);
  });
});

describe('a secret', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'skein-settings-'));
    writeFileSync(join(dir, 'key'), 'sk-from-a-file\n');
    writeFileSync(join(dir, 'short'), 'sk');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('may come from a file, without the line break at its end', () => {
    expect(readSettings(spec, { REGION: 'eu', API_KEY_FILE: join(dir, 'key') }).API_KEY).toBe('sk-from-a-file');
  });

  it('from a file is checked like any other', () => {
    expect(problemsOf({ REGION: 'eu', API_KEY_FILE: join(dir, 'short') })).toEqual([
      'API_KEY: is too short (The key of the vendor)',
    ]);
  });

  it('may not be given twice', () => {
    expect(problemsOf({ ...enough, API_KEY_FILE: join(dir, 'key') })).toEqual([
      'API_KEY and API_KEY_FILE are both set; keep one',
    ]);
  });

  it('whose file cannot be read is a problem, not a crash', () => {
    const [problem] = problemsOf({ REGION: 'eu', API_KEY_FILE: join(dir, 'nowhere') });
    expect(problem).toContain('API_KEY_FILE cannot be read');
  });

  it('is never shown: not in what is explained, not in what is wrong with it', () => {
    const settings = readSettings(spec, enough);
    const shown = explainSettings(spec, settings);
    expect(JSON.stringify(shown)).not.toContain('verysecret');
    expect(shown.find(({ name }) => name === 'API_KEY')?.value).toBe('set (hidden)');
    expect(shown.find(({ name }) => name === 'SPARE_KEY')?.value).toBe('not set');
    expect(shown.find(({ name }) => name === 'PORT')).toEqual({
      name: 'PORT',
      sentence: 'Where it listens',
      value: '8080',
    });
    expect(problemsOf({ REGION: 'eu', API_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('is read from a file only where the setting is one', () => {
    expect(problemsOf({ API_KEY: 'sk-verysecret', REGION_FILE: join(dir, 'key') })).toEqual([
      'REGION: is required (Where it runs)',
    ]);
  });
});
