import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { countPromptTokens } from './count-tokens.js';
import { estimatePromptTokens, estimateTextTokens } from './estimate-tokens.js';
import { LONGEST_PIECE, countO200k } from './o200k.js';
import { readPrompt } from './read-prompt.js';

jest.setTimeout(60_000);

const contentOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const filesIn = (folder: string, end: string) =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((name) => name.endsWith(end))
    .map((name) => ({ name, text: contentOf(`${folder}${name}`) }));

interface Row {
  readonly text: string;
  readonly task: string;
  readonly lang: string;
}
const rows = ['public', 'held-out'].flatMap((name) =>
  contentOf(`../data/${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row),
);
const own = filesIn('../data/own/', '.txt');
const sources = filesIn('./', '.ts').filter(({ name }) => name !== 'task-weights.ts');

/** Real prompts by what they are written in. */
const prompts: Readonly<Record<'English' | 'Chinese' | 'code', readonly string[]>> = {
  English: [
    ...rows.filter(({ lang, task }) => lang === 'en' && task !== 'code').map(({ text }) => text),
    ...own.filter(({ name }) => name.includes('en')).map(({ text }) => text),
  ],
  Chinese: [
    ...rows.filter(({ lang }) => lang === 'zh').map(({ text }) => text),
    ...own.filter(({ name }) => name.includes('zh')).map(({ text }) => text),
  ],
  code: [
    ...rows.filter(({ lang, task }) => lang === 'en' && task === 'code').map(({ text }) => text),
    ...sources.map(({ text }) => text),
  ],
};
const kinds = ['English', 'Chinese', 'code'] as const;

const exact = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
/** Letters from a fixed seed: no word, no end. */
function gibberish(length: number, first: number, span: number): string {
  let seed = 7;
  return Array.from({ length }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return String.fromCharCode(first + Math.floor((seed / 2_147_483_648) * span));
  }).join('');
}

describe('countO200k', () => {
  it.each(kinds)('is o200k itself on real prompts: %s', async (kind) => {
    expect(prompts[kind].length).toBeGreaterThan(150);
    for (const text of prompts[kind]) expect([text, await countO200k(text)]).toEqual([text, exact(text)]);
  });

  it('takes marks of control for text', async () => {
    expect(await countO200k('<|endoftext|>')).toBe(exact('<|endoftext|>'));
    expect(await countO200k('<|endoftext|>')).toBeGreaterThan(1);
    expect(await countO200k('')).toBe(0);
  });

  it.each([
    ['a', 'a'.repeat(3_000)],
    ['blanks', ' '.repeat(3_000)],
    ['line breaks', '\n'.repeat(3_000)],
    ['one ideograph', '中'.repeat(3_000)],
    ['emoji', '😀'.repeat(1_500)],
    ['letters at random', gibberish(3_000, 97, 26)],
    ['ideographs at random', gibberish(3_000, 0x4e00, 20_000)],
  ])('cuts a run without end, and is then within five in a hundred: %s', async (_, text) => {
    const count = await countO200k(text);
    expect(count).toBeGreaterThanOrEqual(exact(text) * 0.95);
    expect(count).toBeLessThanOrEqual(exact(text) * 1.05 + text.length / LONGEST_PIECE);
  });

  it.each([
    ['one letter', 'a'.repeat(12_000)],
    ['blanks', ' '.repeat(12_000)],
    ['emoji', '😀'.repeat(6_000)],
    ['ideographs at random', gibberish(6_000, 0x4e00, 20_000)],
    ['words', 'one and two '.repeat(1_000)],
  ])('lets the event loop have its turn on the way: %s', async (_, text) => {
    let turns = 0;
    await countO200k(text, () => {
      turns += 1;
      return Promise.resolve();
    });
    expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / 1_100));
    let others = 0;
    let isCounting = true;
    const other = (): void => {
      others += 1;
      if (isCounting) setImmediate(other);
    };
    setImmediate(other);
    await countO200k(text);
    isCounting = false;
    expect(others).toBeGreaterThanOrEqual(turns / 2);
  });
});

describe('countPromptTokens', () => {
  const ask = { role: 'user', content: '请把这封信翻译成英文' };
  const counted = (body: object, limit?: number) => countPromptTokens(readPrompt(body), limit);
  let plain: number;
  beforeAll(async () => {
    plain = await counted({ messages: [ask] });
  });

  it('counts texts by o200k and the outline of each message', async () => {
    expect(plain).toBe(exact(ask.content) + 4);
    const system = { role: 'system', content: 'Be brief.' };
    expect(await counted({ messages: [system, ask] })).toBe(plain + exact('Be brief.') + 4);
  });

  it('counts tools as they are written, and pictures at their figure', async () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
    expect(await counted({ messages: [ask], tools })).toBe(plain + exact(JSON.stringify(tools)));
    const picture = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } };
    const seen = { role: 'user', content: [{ type: 'text', text: ask.content }, picture] };
    expect(await counted({ messages: [seen] })).toBe(plain + 800);
  });

  it('estimates what is beyond the limit', async () => {
    const body = { messages: [ask, { role: 'user', content: 'Thank you for your help.' }] };
    expect(await counted(body, 0)).toBe(estimatePromptTokens(readPrompt(body)));
    expect(await counted(body, ask.content.length)).toBe(
      exact(ask.content) + estimateTextTokens('Thank you for your help.') + 8,
    );
  });
});

describe('the estimate on the way of a request', () => {
  it.each(kinds)('is within a tenth of o200k over real prompts, and of most of them: %s', (kind) => {
    const ratios = prompts[kind].map((text) => estimateTextTokens(text) / exact(text)).sort((one, two) => one - two);
    const whole = sum(prompts[kind].map(estimateTextTokens)) / sum(prompts[kind].map(exact));
    expect(Math.abs(whole - 1)).toBeLessThan(0.1);
    const near = ratios.filter((ratio) => Math.abs(ratio - 1) < 0.3);
    expect(near.length / ratios.length).toBeGreaterThan(0.9);
  });
});
