import { expect, it } from '@jest/globals';
import { chat, misbehave, toNanoUsd, type Mesh } from '@skein/testkit';
import OpenAI from 'openai';
import { askPlain, askStream } from '../ask.js';

/** One model of each kind of worker. */
const oneOfEach = [
  'openai/gpt-4o-mini',
  'anthropic/claude-haiku-4-5',
  'google/gemini-2.5-flash',
  'groq/llama-3.1-8b-instant',
];

const decimal = /^\d+(\.\d{1,9})?$/;

/** What every customer is promised of answers, whatever the mesh is made of. */
export function promiseAnswers(mesh: () => Mesh): void {
  const client = () => new OpenAI({ baseURL: `${mesh().url}/v1`, apiKey: mesh().key, maxRetries: 0 });

  it('answers a plain chat, and says in headers who answered, why, and what it cost', async () => {
    const { status, headers, json } = await askPlain(mesh().http, chat('openai/gpt-4o-mini', 'Why is the sky blue?'));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant' }, finish_reason: 'stop' }],
    });
    expect(json.choices[0]?.message.content).not.toBe('');
    expect(headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_/),
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-4o-mini',
      'x-skein-reason': expect.stringMatching(/\S/),
      'x-skein-attempts': '1',
      'x-skein-cache': 'off',
      'x-skein-overhead-ms': expect.stringMatching(/^\d+(\.\d+)?$/),
      'x-skein-cost-usd': expect.stringMatching(decimal),
    });
    expect(toNanoUsd(headers['x-skein-cost-usd'])).toBeGreaterThan(0n);
  });

  it('streams the same words, with the headers that can be known, and ends with [DONE]', async () => {
    const question = chat('openai/gpt-4o-mini', 'Why is the sea salty?');
    const plain = await askPlain(mesh().http, question);
    const streamed = await askStream(mesh().http, question);
    expect(streamed.status).toBe(200);
    expect(streamed.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(streamed.headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_/),
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-4o-mini',
      'x-skein-reason': expect.stringMatching(/\S/),
      'x-skein-attempts': '1',
      'x-skein-cache': 'off',
    });
    expect(streamed.headers).not.toHaveProperty('x-skein-cost-usd');
    expect(streamed.endsWithDone).toBe(true);
    expect(streamed.text).toBe(plain.json.choices[0]?.message.content);
    expect(streamed.chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1);
  });

  it.each(oneOfEach)('sends %s to that vendor and model, plain and streamed', async (name) => {
    const [vendor, model] = name.split('/');
    const question = chat(name, 'Name three rivers of Europe.');
    const plain = await askPlain(mesh().http, question);
    const streamed = await askStream(mesh().http, question);
    for (const { status, headers } of [plain, streamed]) {
      expect({ status, vendor: headers['x-skein-vendor'], model: headers['x-skein-model'] }).toEqual({
        status: 200,
        vendor,
        model,
      });
    }
    expect(plain.json.object).toBe('chat.completion');
    expect(streamed.endsWithDone).toBe(true);
    expect(streamed.text).toBe(plain.json.choices[0]?.message.content);
  });

  it('is OpenAI to the openai client, plain', async () => {
    const { data, response } = await client()
      .chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'What is 17 + 25?' }] })
      .withResponse();
    expect(data.choices[0]?.message.content).toContain('42');
    expect(data.usage?.total_tokens).toBeGreaterThan(0);
    expect(response.headers.get('x-skein-vendor')).toMatch(/^[a-z]+$/);
  });

  it('is OpenAI to the openai client, streamed, with usage where it asks for it', async () => {
    const stream = await client().chat.completions.create({
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'What is 6 * 7?' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const usages: unknown[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.usage) usages.push(chunk.usage);
    }
    expect(text).toContain('42');
    expect(usages).toEqual([
      expect.objectContaining({ prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) }),
    ]);
  });

  it('turns its errors into the ones the openai client knows', async () => {
    const wrongKey = new OpenAI({ baseURL: `${mesh().url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
    const asked = wrongKey.chat.completions.create({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] });
    await expect(asked).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('chooses for auto, and finds a vendor for a bare name', async () => {
    const auto = await askPlain(mesh().http, chat('auto', 'Translate to German: the cat sleeps.'));
    expect(auto.status).toBe(200);
    expect(auto.headers['x-skein-reason']).toMatch(/\S/);
    const bare = await askPlain(mesh().http, chat('gpt-4o-mini', 'hi'));
    expect(bare.headers).toMatchObject({ 'x-skein-vendor': 'openai', 'x-skein-model': 'gpt-4o-mini' });
  });

  it('sends on a model the catalogue lacks, with a notice that its price is unknown and no cost', async () => {
    const { status, headers } = await askPlain(mesh().http, chat('openai/gpt-99-preview', 'hi'));
    expect(status).toBe(200);
    expect(headers['x-skein-model']).toBe('gpt-99-preview');
    expect(headers['x-skein-notice']).toMatch(/price/i);
    expect(headers).not.toHaveProperty('x-skein-cost-usd');
  });

  it('never replaces an explicit vendor/model', async () => {
    const question = `${misbehave({ status: 500 }, { vendor: 'openai' })} hi`;
    const { status, json } = await mesh().http.post('/v1/chat/completions', chat('openai/gpt-4.1-nano', question));
    expect(status).toBe(502);
    expect(json).toMatchObject({ error: { code: 'all_attempts_failed' } });
  });

  it('goes to the fallbacks of the request, in their order', async () => {
    const question = `${misbehave({ status: 500 }, { vendor: 'openai' })} hi`;
    const fallbacks = ['openai/gpt-4.1', 'groq/llama-3.1-8b-instant', 'anthropic/claude-haiku-4-5'];
    const inBody = await askPlain(mesh().http, chat('openai/gpt-4.1-nano', question, { metadata: { fallbacks } }));
    const inHeader = await askPlain(mesh().http, chat('openai/gpt-4.1-nano', question), {
      'x-skein-fallbacks': fallbacks.join(', '),
    });
    for (const { status, headers } of [inBody, inHeader]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'x-skein-vendor': 'groq', 'x-skein-attempts': '3' });
    }
  });
}
