import { expect, it } from '@jest/globals';
import { chat, eventually, type ChatBody, type HttpAnswer, type Mesh } from '@skein/testkit';
import { askPlain, askStream, finishedRecord, usageOf, usageWith } from '../ask.js';

/** What is promised of answers that were given before. */
export function promiseCache(mesh: () => Mesh): void {
  const zero = (question: string): ChatBody => chat('openai/gpt-4o-mini', question, { temperature: 0 });

  /** Answers are kept after they were given, so that the next one may come too early. */
  const hitOf = <Answer extends Pick<HttpAnswer, 'headers'>>(ask: () => Promise<Answer>): Promise<Answer> =>
    eventually(async () => {
      const answer = await ask();
      if (answer.headers['x-skein-cache'] !== 'hit') throw new Error('not from the cache yet');
      return answer;
    });

  it('answers a question of temperature 0 again without a vendor, for nothing', async () => {
    const question = zero('Which planet is the largest?');
    const first = await askPlain(mesh().http, question);
    expect(first.headers['x-skein-cache']).toBe('miss');
    const hit = await hitOf(() => askPlain(mesh().http, question));
    expect(hit.json.choices[0]?.message).toEqual(first.json.choices[0]?.message);

    const { total } = await mesh().sandbox.stats();
    const usage = await usageWith(mesh().http, total.requests);
    const again = await askPlain(mesh().http, question);
    expect(again.json.choices).toEqual(hit.json.choices);
    expect(again.headers).toMatchObject({
      'x-skein-cache': 'hit',
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-4o-mini',
      'x-skein-attempts': '0',
      'x-skein-cost-usd': '0',
    });
    const record = await finishedRecord(mesh().http, again.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'succeeded', cache: 'hit', attempts: [], cost_usd: '0' });
    expect((await mesh().sandbox.stats()).total.requests).toBe(total.requests);
    expect(await usageOf(mesh().http)).toEqual(usage);
  });

  it('streams an answer that was first given whole', async () => {
    const question = zero('Which planet is the smallest?');
    const whole = await askPlain(mesh().http, question);
    const streamed = await hitOf(() => askStream(mesh().http, question));
    expect(streamed.endsWithDone).toBe(true);
    expect(streamed.text).toBe(whole.json.choices[0]?.message.content);
    expect(streamed.headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-model': 'gpt-4o-mini' });
  });

  it('gives an answer whole that was first streamed', async () => {
    const question = zero('Which planet has rings?');
    const streamed = await askStream(mesh().http, question);
    const whole = await hitOf(() => askPlain(mesh().http, question));
    expect(whole.json).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: streamed.text }, finish_reason: 'stop' }],
    });
    expect(whole.headers['x-skein-cost-usd']).toBe('0');
  });

  it('keeps questions apart that differ in anything', async () => {
    const question = zero('Which planet is red?');
    await hitOf(() => askPlain(mesh().http, question));
    for (const other of [
      { ...question, seed: 7 },
      { ...question, model: 'groq/llama-3.1-8b-instant' },
      zero('Which planet is red ?'),
    ]) {
      expect((await askPlain(mesh().http, other)).headers['x-skein-cache']).toBe('miss');
    }
  });

  it('is asked by the header whatever the temperature, and left out by it', async () => {
    const warm = chat('openai/gpt-4o-mini', 'Which planet is blue?', { temperature: 0.7 });
    const exact = await hitOf(() => askPlain(mesh().http, warm, { 'x-skein-cache': 'exact' }));
    expect(exact.headers['x-skein-cost-usd']).toBe('0');
    const cold = { ...warm, temperature: 0 };
    await hitOf(() => askPlain(mesh().http, cold));
    expect((await askPlain(mesh().http, cold, { 'x-skein-cache': 'off' })).headers['x-skein-cache']).toBe('off');
  });
}
