import { describe, expect, it } from '@jest/globals';
import { isComplete, showsContent, toChunks, toWhole } from './convert-answer.js';
import type { JsonObject } from './json.js';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'gpt-4o-2024-08-06', system_fingerprint: 'fp_1' };
const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };

const whole = (choices: JsonObject[], rest: JsonObject = {}): JsonObject => ({
  ...head,
  object: 'chat.completion',
  choices,
  ...rest,
});
const choice = (index: number, message: JsonObject, finish_reason = 'stop', logprobs: unknown = null): JsonObject => ({
  index,
  message: { role: 'assistant', ...message },
  logprobs,
  finish_reason,
});
const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const chunk = (
  delta: JsonObject,
  index = 0,
  finish_reason: string | null = null,
  rest: JsonObject = {},
): JsonObject => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index, delta, finish_reason, logprobs: null }],
  ...rest,
});

const answers: readonly (readonly [string, JsonObject])[] = [
  ['plain text', whole([choice(0, { content: 'Hello there.' })])],
  ['several choices', whole([choice(0, { content: 'one' }), choice(1, { content: 'two' }, 'length')])],
  ['long text', whole([choice(0, { content: 'ab😀'.repeat(3_000) })])],
  ['one tool call', whole([choice(0, { content: null, tool_calls: [call('c1', 'get', '{"a":1}')] }, 'tool_calls')])],
  [
    'parallel tool calls beside text',
    whole([
      choice(
        0,
        { content: 'Let me see.', tool_calls: [call('c1', 'get', '{}'), call('c2', 'put', '{"x":"y"}')] },
        'tool_calls',
      ),
    ]),
  ],
  ['reasoning', whole([choice(0, { content: '4', reasoning_content: 'two and two' })])],
  ['a refusal', whole([choice(0, { content: null, refusal: 'I cannot.' })])],
  [
    'log probabilities',
    whole([
      choice(0, { content: 'Hi' }, 'stop', {
        content: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
      }),
    ]),
  ],
  [
    'an order of its own',
    whole([
      choice(
        0,
        {
          content: 'Let me.Found.',
          vendor_blocks: [{ type: 'searched' }],
          tool_calls: [call('c1', 'get', '{}'), call('c2', 'put', '{}')],
          block_order: [
            { type: 'text', length: 4 },
            { type: 'text', length: 3 },
            { type: 'call' },
            { type: 'block' },
            { type: 'text', length: 6 },
            { type: 'call' },
          ],
        },
        'tool_calls',
      ),
    ]),
  ],
  ['a field we do not know', whole([choice(0, { content: 'x', citations: [{ url: 'https://example.com' }] })])],
];

describe('an answer taken apart and put together again', () => {
  it.each(answers)('is the same: %s', (_what, answer) => {
    expect(toWhole(toChunks(answer))).toEqual(answer);
  });

  it('streams long text in several chunks that never tear a character apart', () => {
    const chunks = toChunks(whole([choice(0, { content: '😀'.repeat(3_000) })]));
    expect(chunks.length).toBeGreaterThan(3);
    for (const one of chunks) expect(JSON.stringify(one).isWellFormed()).toBe(true);
  });

  it('ends each choice with its own finish reason', () => {
    const finishes = toChunks(whole([choice(0, { content: 'a' }), choice(1, { content: 'b' }, 'length')]))
      .flatMap(({ choices }) => choices as { index: number; finish_reason: string | null }[])
      .filter(({ finish_reason }) => finish_reason !== null);
    expect(finishes.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'stop'],
      [1, 'length'],
    ]);
  });
});

describe('putting a vendor’s chunks together', () => {
  it('joins text that came in pieces, of each choice apart', () => {
    const together = toWhole([
      chunk({ role: 'assistant', content: '' }),
      chunk({ role: 'assistant', content: '' }, 1),
      chunk({ content: 'Hel' }),
      chunk({ content: 'Bon' }, 1),
      chunk({ content: 'lo' }),
      chunk({ content: 'jour' }, 1),
      chunk({}, 1, 'stop'),
      chunk({}, 0, 'stop'),
    ]);
    expect(together).toEqual(whole([choice(0, { content: 'Hello' }), choice(1, { content: 'Bonjour' })]));
  });

  it('joins the arguments of parallel tool calls by their index', () => {
    const together = toWhole([
      chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0, ...call('c1', 'get', '') }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] }),
      chunk({ tool_calls: [{ index: 1, ...call('c2', 'put', '') }] }),
      chunk({ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }),
      chunk({ tool_calls: [{ index: 0, id: '', function: { arguments: ':1}' } }] }),
      chunk({}, 0, 'tool_calls'),
    ]);
    expect(together).toEqual(
      whole([
        choice(0, { content: null, tool_calls: [call('c1', 'get', '{"a":1}'), call('c2', 'put', '{}')] }, 'tool_calls'),
      ]),
    );
  });

  it('takes usage from the chunk that holds it, and leaves padding out', () => {
    const together = toWhole([
      chunk({ role: 'assistant', content: 'x' }, 0, null, { obfuscation: 'aaaa' }),
      chunk({}, 0, 'stop'),
      { ...head, object: 'chat.completion.chunk', choices: [], usage },
    ]);
    expect(together).toEqual(whole([choice(0, { content: 'x' })], { usage }));
  });
});

describe('what is worth keeping', () => {
  it.each<[string, boolean, JsonObject]>([
    ['an answer that came to its end', true, whole([choice(0, { content: 'x' })])],
    ['one that reached its length', true, whole([choice(0, { content: 'x' }, 'length')])],
    ['one that was filtered', false, whole([choice(0, { content: 'x' }, 'content_filter')])],
    [
      'one of whose choices has no end',
      false,
      whole([choice(0, { content: 'x' }), { index: 1, message: {}, finish_reason: null }]),
    ],
    ['no choice at all', false, whole([])],
    ['an error', false, { error: { message: 'no' } }],
  ])('%s: %s', (_what, kept, answer) => {
    expect(isComplete(answer)).toBe(kept);
  });
});

describe('the frame that commits', () => {
  it.each<[string, boolean, JsonObject]>([
    ['a role alone', false, { role: 'assistant', content: '' }],
    ['nothing', false, {}],
    ['text', true, { content: 'a' }],
    ['reasoning', true, { reasoning_content: 'hm' }],
    ['a refusal', true, { refusal: 'no' }],
    ['a tool call', true, { tool_calls: [{ index: 0 }] }],
  ])('%s → %s', (_what, shows, delta) => {
    expect(showsContent(chunk(delta))).toBe(shows);
  });
});
