import { describe, expect, it } from '@jest/globals';
import { checkWhole, readRules } from './check-answer.js';
import { jsonBytes } from './json.js';
import { judgeSilentStream, judgeWhole, type Judged } from './judge-answer.js';
import type { AnswerProgress, WholeAnswer } from './vendor-adapter.js';

const strict = { empty: 'next', truncated: 'next', filtered: 'next', invalid: 'next' } as const;
const lenient = { empty: 'return', truncated: 'return', filtered: 'return', invalid: 'return' } as const;

const progress = (finishReason: string, outputBytes: number): AnswerProgress => ({
  usage: null,
  usageIsFinal: true,
  finishReason,
  modelServed: null,
  answerId: null,
  outputBytes,
});
const answer = (message: object, finishReason = 'stop', outputBytes = 5): WholeAnswer => ({
  ...progress(finishReason, outputBytes),
  answer: jsonBytes({
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason }],
  }),
});
const call = (args: string) => ({ tool_calls: [{ id: 'c', function: { name: 'weather', arguments: args } }] });
const tools = { tools: [{ type: 'function', function: { name: 'weather' } }] };
const json = { response_format: { type: 'json_object' } };
const judged = (request: object, acceptance: Judged['acceptance'] = strict, whole?: WholeAnswer): Judged => {
  const rules = readRules(request);
  const validation = rules === null || whole === undefined ? null : checkWhole(whole.answer, rules);
  return { vendor: 'openai', acceptance, request: () => request, validation };
};

describe('an answer that nobody has seen', () => {
  const cases: [string, WholeAnswer, object, string | null][] = [
    ['stands when it says something', answer({ content: 'Paris' }), {}, null],
    ['fails when it is empty', answer({ content: '' }, 'stop', 0), {}, 'vendor_empty'],
    ['stands with a tool call and no text', answer({ content: null, ...call('{}') }, 'tool_calls', 0), tools, null],
    ['stands with a refusal and no text', answer({ content: null, refusal: 'no' }, 'stop', 0), {}, null],
    [
      'stands empty where the caller’s own bound left no room',
      answer({ content: '' }, 'length', 0),
      { max_tokens: 1 },
      null,
    ],
    [
      'fails when it was cut at a length the caller did not set',
      answer({ content: 'Par' }, 'length'),
      {},
      'answer_truncated',
    ],
    [
      'stands when it was cut where the caller said',
      answer({ content: 'Par' }, 'length'),
      { max_completion_tokens: 1 },
      null,
    ],
    ['fails when it was filtered', answer({ content: 'Par' }, 'content_filter'), {}, 'content_refused'],
    ['fails when it is not the JSON that was asked for', answer({ content: 'Sure! {"a":' }), json, 'answer_invalid'],
    ['stands when it is JSON', answer({ content: '{"a":1}' }), json, null],
    ['fails when a tool’s arguments are not JSON', answer(call('{"city": Par'), 'tool_calls'), tools, 'answer_invalid'],
  ];

  it.each(cases)('%s', (_promise, whole, request, code) => {
    expect(judgeWhole(whole, judged(request, strict, whole))?.error.code ?? null).toBe(code);
  });

  it('stands whatever it is where the policy lets it', () => {
    for (const [, whole, request] of cases) expect(judgeWhole(whole, judged(request, lenient, whole))).toBeNull();
  });

  it('is kept for a correction when only its form was wrong', () => {
    const whole = answer({ content: 'Sure!' });
    expect(judgeWhole(whole, judged(json, strict, whole))?.rejected).toBe('"Sure!"');
  });
});

describe('a stream that ended well and showed nothing', () => {
  it('is an empty answer, unless the caller’s bound left no room or the policy lets it', () => {
    expect(judgeSilentStream(progress('stop', 0), judged({}))?.error.code).toBe('vendor_empty');
    expect(judgeSilentStream(progress('length', 0), judged({ max_tokens: 1 }))).toBeNull();
    expect(judgeSilentStream(progress('stop', 0), judged({}, lenient))).toBeNull();
  });
});
