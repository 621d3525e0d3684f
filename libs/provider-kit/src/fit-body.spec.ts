import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import { fitBody, newestTurns } from './fit-body.js';

const say = (role: string, content: string) => ({ role, content });
const words = 'x'.repeat(100);

describe('a body fitted to its attempt', () => {
  it('is the very same where the plan asks for nothing', () => {
    const body = RequestBody.of({ model: 'auto', messages: [] });
    expect(fitBody(body, {})).toBe(body);
  });

  it('carries the bound on the answer, and every other byte as it was sent', () => {
    const sent = '{"model":"auto","messages":[{"role":"user","content":"hi"}],"seed":12345678901234567890}';
    const fitted = fitBody(new RequestBody(Buffer.from(sent)), { max_output_tokens: 300 });
    expect(Buffer.from(fitted.bytes).toString()).toBe(`${sent.slice(0, -1)},"max_completion_tokens":300}`);
  });

  it('keeps the instructions and the newest turns', () => {
    const turns = [
      say('system', 'rules'),
      say('user', words),
      say('assistant', words),
      say('user', words),
      say('user', 'last'),
    ];
    expect(newestTurns(turns, 0.5)).toEqual([turns[0], turns[3], turns[4]]);
    expect(newestTurns(turns, 1)).toEqual(turns);
  });

  it('never begins with an answer, nor with the result of a call that is gone, and always has the last word', () => {
    const turns = [
      say('user', words),
      say('assistant', words),
      say('tool', 'result'),
      say('assistant', 'so'),
      say('user', 'and now?'),
    ];
    expect(newestTurns(turns, 0.5)).toEqual([turns[4]]);
    expect(newestTurns([say('user', words)], 0.01)).toEqual([say('user', words)]);
  });
});
