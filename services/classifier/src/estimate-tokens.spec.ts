import { describe, expect, it } from '@jest/globals';
import { estimatePromptTokens, estimateTextTokens } from './estimate-tokens.js';
import { readPrompt } from './read-prompt.js';

/** Texts with the count the o200k tokenizer gives. */
const counted: readonly (readonly [string, number, string])[] = [
  [
    'English',
    26,
    'The meeting starts tomorrow at three in the afternoon, so please prepare all of the documents in advance. Thank you for your help.',
  ],
  ['Chinese', 29, '会议将于明天下午三点开始，请提前准备好所有文件。感谢您的帮助，如有问题请随时与我联系。'],
  ['Japanese', 26, '会議は明日の午後三時に始まりますので、資料を準備しておいてください。よろしくお願いします。'],
  ['Korean', 27, '회의는 내일 오후 세 시에 시작하니 자료를 준비해 주세요. 감사합니다. 이 문서를 요약해 주세요.'],
  ['Russian', 22, 'Встреча начнётся завтра в три часа дня, поэтому подготовьте, пожалуйста, все материалы заранее.'],
  ['Arabic', 21, 'سيبدأ الاجتماع غدا في الساعة الثالثة بعد الظهر، لذا يرجى إعداد جميع المواد مسبقا.'],
  ['German', 22, 'Die Besprechung beginnt morgen um drei Uhr nachmittags, bitte bereiten Sie die Unterlagen vor.'],
  [
    'code',
    36,
    'function sum(values: number[]): number {\n  let total = 0;\n  for (const value of values) {\n    total += value;\n  }\n  return total;\n}\n',
  ],
  [
    'JSON',
    34,
    '{"id":"chatcmpl-123","object":"chat.completion","created":1700000000,"usage":{"prompt_tokens":12,"completion_tokens":34}}',
  ],
];

describe('estimateTextTokens', () => {
  it.each(counted)('is within a third of o200k on %s', (_name, exact, text) => {
    const estimate = estimateTextTokens(text);
    expect(estimate / exact).toBeGreaterThan(0.75);
    expect(estimate / exact).toBeLessThan(1.33);
  });

  it('counts nothing for nothing', () => {
    expect(estimateTextTokens('')).toBe(0);
  });

  it('grows with every text that is added', () => {
    const one = estimateTextTokens('Die Besprechung beginnt morgen.');
    expect(estimateTextTokens('Die Besprechung beginnt morgen. Danach essen wir.')).toBeGreaterThan(one);
  });
});

describe('estimatePromptTokens', () => {
  it('counts every message, its tool definitions and its pictures', () => {
    const text = readPrompt({ messages: [{ role: 'user', content: 'hello' }] });
    const tools = readPrompt({
      messages: [{ role: 'user', content: 'hello' }],
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    });
    const picture = readPrompt({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hello' },
            { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
          ],
        },
      ],
    });
    expect(estimatePromptTokens(tools)).toBeGreaterThan(estimatePromptTokens(text));
    expect(estimatePromptTokens(picture) - estimatePromptTokens(text)).toBe(800);
  });
});
