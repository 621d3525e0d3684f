import { describe, expect, it } from '@jest/globals';
import type { Features } from '@skein/contracts/classifier';
import { features } from '@skein/contracts/classifier';
import type { Task } from '@skein/contracts/gateway';
import { classify } from './classify.js';

const ask = (content: unknown, rest: Record<string, unknown> = {}) => ({
  model: 'auto',
  messages: [{ role: 'user', content }],
  ...rest,
});
const classified = (content: unknown, rest?: Record<string, unknown>): Features => classify(ask(content, rest), null);

describe('the task that is guessed', () => {
  const table: readonly (readonly [Task, string])[] = [
    ['code', 'Write a TypeScript function that removes duplicates from a list of users by their email.'],
    ['code', 'Why does this fail?\n```python\ndef f(x):\n    return x +\n```'],
    ['code', '用Python写一个函数，计算列表中所有偶数的和'],
    ['math_reasoning', 'Nina has 12 apples and buys 3 bags with 5 apples each. How many apples does she have?'],
    ['math_reasoning', '一辆汽车每小时行驶60千米，3小时可以行驶多少千米？'],
    ['math_reasoning', '((4 + -2 * 7) + (1 - 9)) ='],
    ['translation', 'Translate the following sentence into German: The meeting starts at noon.'],
    ['translation', 'How do you say "good evening" in Japanese?'],
    ['translation', '把下面这句话翻译成英文：今天天气很好。'],
    [
      'summarization',
      'Summarize the article below in three sentences.\n\nThe council met on Monday to vote on the bridge.',
    ],
    ['summarization', '请总结以下内容：市政府周一开会，讨论了新桥的建设方案，并决定下个月开工。'],
    ['extraction', 'Extract all person names from the following text:\nMaria met John in Paris.'],
    ['extraction', '从下面的文本中提取所有的人名和地名，以JSON格式输出：小明在北京遇见了小红。'],
    ['classification', 'Classify the sentiment of this review as positive or negative: The food was cold.'],
    ['classification', '判断下面评论的情感是积极还是消极：这家餐厅的服务太差了。'],
    ['rewriting', 'Rewrite this sentence to sound more formal: gonna be late, sorry!'],
    ['rewriting', '请润色下面这段话，使其更加流畅：我昨天去了商店买了东西然后回家。'],
    ['writing', 'Write a short story about a lighthouse keeper who is afraid of the sea.'],
    ['writing', '写一首关于秋天的诗'],
    ['qa', 'What is the capital of Australia?'],
    ['qa', '长城是什么时候建造的？'],
    ['analysis', 'Analyze the causes of the 2008 financial crisis and discuss their implications.'],
    ['analysis', '请对电动汽车行业做一个SWOT分析。'],
  ];

  it.each(table)('is %s for: %s', (task, text) => {
    expect(classified(text).task).toBe(task);
  });

  it('is found at the end of long material as well as at its head', () => {
    const material = 'The harbour was quiet that morning and nobody spoke of the storm. '.repeat(400);
    expect(classified(`${material}\n\nSummarize the text above in two sentences.`).task).toBe('summarization');
    expect(classified(`Translate into French:\n\n${material}`).task).toBe('translation');
  });

  it('is taken from the system prompt when what is asked says nothing of its own', () => {
    const body = {
      messages: [
        { role: 'system', content: 'You are a translator. Translate every message into Spanish.' },
        { role: 'user', content: 'The train leaves in ten minutes from platform two.' },
      ],
    };
    expect(classify(body, null).task).toBe('translation');
  });

  it('is multimodal, for certain, when there is more than text to take in', () => {
    const seen = classified([
      { type: 'text', text: 'Translate the sign into English' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ]);
    expect(seen).toMatchObject({ task: 'multimodal', confidence: 1, abstained: false, needs: ['vision'] });
  });

  it('is what the caller declares, whatever the words say', () => {
    const body = ask('Translate into German: good morning');
    expect(classify(body, 'customer_service')).toMatchObject({
      task: 'qa',
      declared: 'customer_service',
      confidence: 1,
      abstained: false,
    });
  });
});

describe('abstaining', () => {
  it('keeps the best guess and says that it is unsure', () => {
    expect(classified('hmm')).toMatchObject({ task: 'qa', abstained: true });
  });

  it('is sure of what is said outright', () => {
    expect(classified('Please translate this letter into French.').abstained).toBe(false);
  });

  it('follows the threshold it is given', () => {
    const body = ask('Please translate this letter into French.');
    const { confidence } = classify(body, null, 0);
    expect(classify(body, null, confidence).abstained).toBe(false);
    expect(classify(body, null, confidence + 0.001).abstained).toBe(true);
  });
});

describe('needs', () => {
  it('names what a model must be able to do', () => {
    const body = {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'compare' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
            { type: 'file', file: { file_data: 'AAAA', filename: 'a.pdf' } },
          ],
        },
      ],
      tools: [{ type: 'function', function: { name: 'look_up' } }],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
    };
    expect([...classify(body, null).needs].sort()).toEqual(['audio', 'documents', 'schema', 'tools', 'vision']);
  });

  it('asks for nothing on plain text, nor for empty tools or plain JSON mode', () => {
    expect(classified('hello', { tools: [], response_format: { type: 'json_object' } }).needs).toEqual([]);
  });
});

describe('complexity', () => {
  const words = (count: number) => 'word '.repeat(count);
  const tiers: readonly (readonly [Features['complexity']['tier'], string, Features])[] = [
    ['simple', 'a short question', classified('What is the capital of Peru?')],
    ['standard', 'a question of more than 50 tokens', classified(`What is this about? ${words(80)}`)],
    ['standard', 'short code', classified('Write a python function that adds two numbers.')],
    ['reasoning', 'code with more than 200 tokens', classified(`Refactor this python code:\n${words(250)}`)],
    ['reasoning', 'more than a thousand words of anything', classified(`Summarize: ${words(1_500)}`)],
    ['reasoning', 'what the caller declares as reasoning', classify(ask('Who lies?'), 'deep_reasoning')],
    ['long-context', 'more than 50,000 tokens', classified(`Summarize: ${words(51_000)}`)],
  ];

  it.each(tiers)('is %s for %s', (tier, _what, seen) => {
    expect(seen.complexity.tier).toBe(tier);
  });

  it('is no longer simple after ten turns', () => {
    const messages = Array.from({ length: 12 }, () => ({ role: 'user', content: 'and?' }));
    expect(classify({ messages }, null).complexity.tier).toBe('standard');
  });

  it('ranks the harder of two prompts higher', () => {
    const easy = classified('What is the capital of Peru?').complexity.score;
    const hard = classified('Prove step by step that the square root of 2 is irrational, and justify each step.');
    expect(hard.complexity.score).toBeGreaterThan(easy);
  });
});

describe('every answer', () => {
  const odd: readonly (readonly [string, unknown])[] = [
    ['empty content', ask('')],
    ['content that is null', ask(null)],
    ['parts of unknown kinds', ask([{ type: 'telepathy' }, 7, null])],
    ['an assistant message last', { messages: [{ role: 'assistant', content: 'hello' }] }],
    ['signs only', ask('?!?!')],
  ];

  it.each(odd)('keeps its contract on %s', (_what, body) => {
    expect(features.safeParse(classify(body, null)).success).toBe(true);
  });

  it.each([[null], [{}], [{ messages: [] }], [{ messages: 'hello' }], [[]]])(
    'refuses a body without messages: %j',
    (body) => {
      expect(() => classify(body, null)).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: 'messages' }),
      );
    },
  );

  it('does not change what it reads', () => {
    const body = Object.freeze(ask(Object.freeze([Object.freeze({ type: 'text', text: 'hello' })])));
    expect(() => classify(body, null)).not.toThrow();
  });
});
