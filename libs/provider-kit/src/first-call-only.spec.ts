import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { RequestBody } from '@skein/contracts/wire';
import { openAiDialect } from './openai/openai-dialect.js';

const call = (index: number) => ({
  index,
  id: `c${index}`,
  type: 'function',
  function: { name: 'f', arguments: '{}' },
});
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const prepare = (stream: boolean, parallel_tool_calls: boolean) =>
  openAiDialect('ollama').prepare({
    body: RequestBody.of({
      model: 'm',
      messages: [],
      stream,
      parallel_tool_calls,
      tools: [{ type: 'function', function: { name: 'f' } }],
    }),
    model: 'm',
    stream,
    continuation: null,
    record: null,
    at: 0,
  });

describe('one call at a time, of a vendor that cannot be told', () => {
  const answer = {
    id: 'x',
    model: 'm',
    choices: [{ message: { tool_calls: [call(0), call(1)] }, finish_reason: 'tool_calls' }],
  };
  const chunk = (index: number) => ({ id: 'x', choices: [{ index: 0, delta: { tool_calls: [call(index)] } }] });

  it('is the first of several', () => {
    const asked = prepare(false, false);
    expect(asked.notices).toEqual([expect.stringContaining('one tool at a time')]);
    const told = JSON.parse(new TextDecoder().decode(asked.readWhole(bytes(answer)).answer)) as typeof answer;
    expect(told.choices[0]?.message.tool_calls).toEqual([call(0)]);
    expect(told.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('is the first of several in a stream', () => {
    const stream = prepare(true, false).openStream();
    const fed = [0, 1].flatMap((index) => stream.feed({ event: 'message', data: bytes(chunk(index)) }));
    const deltas = fed.map(
      ({ bytes: sent }) => (JSON.parse(new TextDecoder().decode(sent)) as typeof answer).choices[0],
    );
    expect(deltas).toEqual([chunk(0).choices[0], { index: 0, delta: {} }]);
  });

  it('is not asked of who did not ask, and leaves the bytes alone', () => {
    const asked = prepare(false, true);
    expect(asked.notices).toEqual([]);
    const whole = bytes(answer);
    expect(asked.readWhole(whole).answer).toBe(whole);
  });
});
