// The `openai` package as its users have it, with nothing changed but its base URL.
import { expect, it } from '@jest/globals';
import { eventually, misbehave, type Mesh } from '@skein/testkit';
import OpenAI, {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
} from 'openai';
import {
  QUESTION,
  RECIPE_QUESTION,
  WEATHER_QUESTION,
  recipe,
  vendors,
  weather,
  type Matrix,
  type Recipe,
} from './matrix.js';

const CLIENT = 'openai';

export function promiseOpenAi(meshOf: () => Mesh, matrix: Matrix): void {
  const clientOf = (options: Partial<ConstructorParameters<typeof OpenAI>[0]> = {}) =>
    new OpenAI({ baseURL: `${meshOf().url}/v1`, apiKey: meshOf().key, maxRetries: 0, ...options });
  const messages = [{ role: 'user' as const, content: QUESTION }];

  it.each(vendors)('chats, streams and counts with $shape models', async (vendor) => {
    const { model } = vendor;
    const { data: whole, response } = await clientOf().chat.completions.create({ model, messages }).withResponse();
    expect(whole.choices[0]?.message.content).toMatch(/\S/);
    expect(whole.usage?.total_tokens).toBe((whole.usage?.prompt_tokens ?? 0) + (whole.usage?.completion_tokens ?? 0));
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    const stream = clientOf().chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(final.usage).toMatchObject({ total_tokens: whole.usage?.total_tokens });
    matrix.note(CLIENT, vendor, 'chat · stream · usage');
  });

  it.each(vendors)('parses answers by a schema of $shape models', async (vendor) => {
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'recipe', schema: { ...recipe }, strict: true },
    };
    const asked = {
      model: vendor.model,
      messages: [{ role: 'user' as const, content: RECIPE_QUESTION }],
      response_format,
    };
    const answer = await clientOf().chat.completions.parse(asked);
    const cooked = JSON.parse(answer.choices[0]?.message.content ?? '') as Recipe;
    expect(cooked).toEqual({
      title: expect.any(String),
      minutes: expect.any(Number),
      ingredients: expect.arrayContaining([expect.any(String)]),
    });
    matrix.note(CLIENT, vendor, 'json_schema');
  });

  it.each(vendors)('runs tools with $shape models, to the answer', async (vendor) => {
    const cities: string[] = [];
    const runner = clientOf().chat.completions.runTools({
      model: vendor.model,
      messages: [{ role: 'user', content: WEATHER_QUESTION }],
      tools: [
        {
          type: 'function',
          function: {
            ...weather,
            parse: (text: string) => JSON.parse(text) as { city: string },
            function: ({ city }: { city: string }) => {
              cities.push(city);
              return `It is 21 degrees in ${city}.`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toMatch(/\S/);
    expect(cities).toEqual(['Paris']);
    matrix.note(CLIENT, vendor, 'runTools');
  });

  it.each(vendors)('creates, streams, keeps and goes on from responses of $shape models', async (vendor) => {
    const client = clientOf();
    const { model } = vendor;
    const first = await client.responses.create({ model, input: QUESTION, instructions: 'Be brief.' });
    expect(first).toMatchObject({ object: 'response', status: 'completed' });
    expect(first.output_text).toMatch(/\S/);
    expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id, output: first.output });
    const stream = client.responses.stream({ model, input: 'And dogs?', previous_response_id: first.id });
    const types: string[] = [];
    const numbers: number[] = [];
    let told = '';
    for await (const event of stream) {
      types.push(event.type);
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') told += event.delta;
    }
    const second = await stream.finalResponse();
    expect(types.slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
    expect(types.at(-1)).toBe('response.completed');
    expect(numbers).toEqual(numbers.map((_, place) => place));
    expect(second.output_text).toBe(told);
    const items: unknown[] = [];
    for await (const item of client.responses.inputItems.list(second.id, { limit: 1, order: 'asc' })) items.push(item);
    expect(items).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'And dogs?' }] }]);
    expect(second.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? Infinity);
    matrix.note(CLIENT, vendor, 'responses · retrieve · previous_response_id');
  });

  it.each(vendors)('parses and calls tools by the responses of $shape models', async (vendor) => {
    const client = clientOf();
    const { model } = vendor;
    const format = { type: 'json_schema' as const, name: 'recipe', schema: { ...recipe }, strict: true };
    const parsed = await client.responses.parse({ model, input: RECIPE_QUESTION, text: { format } });
    expect(JSON.parse(parsed.output_text)).toMatchObject({ title: expect.any(String) });
    const tools = [{ type: 'function' as const, strict: true, ...weather, parameters: { ...weather.parameters } }];
    const asked = await client.responses.create({ model, input: WEATHER_QUESTION, tools });
    const call = asked.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', arguments: expect.stringContaining('Paris') });
    const answered = await client.responses.create({
      model,
      previous_response_id: asked.id,
      tools,
      input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'It is 21 degrees.' }],
    });
    expect(answered.output_text).toMatch(/\S/);
    const referred = asked.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
    const told = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'It is 21 degrees.' };
    const question = { role: 'user' as const, content: WEATHER_QUESTION };
    const byName = await client.responses.create({ model, tools, input: [question, ...referred, told] });
    expect(byName.output_text).toMatch(/\S/);
    const ofNobody = { type: 'item_reference' as const, id: `${referred[0]?.id}0` };
    await expect(client.responses.create({ model, input: [question, ofNobody] })).rejects.toMatchObject({
      status: 400,
      param: 'input.1',
    });
    matrix.note(CLIENT, vendor, 'responses.parse · tools · item_reference');
  });

  it('lets OpenAI run its own tools, and gives thoughts back that it enciphered', async () => {
    const client = clientOf();
    const asked = {
      model: 'openai/o3-deep-research',
      tools: [{ type: 'web_search' as const }],
      include: ['reasoning.encrypted_content' as const],
      reasoning: { summary: 'auto' as const },
    };
    const whole = await client.responses.create({ ...asked, input: QUESTION, store: false });
    expect(whole.output.map(({ type }) => type)).toEqual(['reasoning', 'web_search_call', 'message']);
    const stream = client.responses.stream({ ...asked, input: QUESTION });
    const told = await stream.finalResponse();
    expect(told.output.map(({ type }) => type)).toEqual(['reasoning', 'web_search_call', 'message']);
    expect(told.output_text).toBe(whole.output_text);
    const said = { role: 'user' as const, content: QUESTION };
    const again = { role: 'user' as const, content: 'Why?' };
    // The client's own types tell items that come from those that go.
    const input = [said, ...whole.output, again] as OpenAI.Responses.ResponseInput;
    expect((await client.responses.create({ ...asked, input, store: false })).status).toBe('completed');
    const onward = await client.responses.create({ ...asked, input: 'Why?', previous_response_id: told.id });
    expect(onward.output_text).toMatch(/\S/);
    const elsewhere = client.responses.create({ ...asked, model: 'anthropic/claude-haiku-4-5', input: QUESTION });
    await expect(elsewhere).rejects.toMatchObject({ status: 400, param: 'tools' });
  });

  it.each(vendors)('hangs up on $shape models in the middle of a stream', async (vendor) => {
    const { sandbox } = meshOf();
    const vendorId = vendor.model.split('/')[0];
    const before = (await sandbox.served()).at(-1)?.seq ?? 0;
    const stream = await clientOf().chat.completions.create({
      model: vendor.model,
      messages: [{ role: 'user', content: `${misbehave({ rate: 20, tokens: 400 })} ${QUESTION}` }],
      stream: true,
    });
    await expect(
      (async () => {
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
        throw new APIUserAbortError();
      })(),
    ).rejects.toThrow(APIUserAbortError);
    await eventually(async () => {
      const left = (await sandbox.served(before)).filter(({ outcome }) => outcome === 'aborted_by_client');
      if (!left.some(({ vendor: served }) => served === vendorId)) throw new Error(`${vendorId} was not hung up on`);
    });
    matrix.note(CLIENT, vendor, 'abort');
  });

  it('runs a response in the background, looks it up by its id, and forgets it', async () => {
    const client = clientOf();
    const queued = await client.responses.create({ model: vendors[0].model, input: QUESTION, background: true });
    expect(queued).toMatchObject({ status: 'queued', background: true });
    const done = await eventually(async () => {
      const response = await client.responses.retrieve(queued.id);
      if (response.status !== 'completed') throw new Error(`it is ${response.status}`);
      return response;
    });
    expect(done.output_text).toMatch(/\S/);
    await client.responses.delete(queued.id);
    await expect(client.responses.retrieve(queued.id)).rejects.toThrow(NotFoundError);
    const slow = `${misbehave({ latency: 20_000 })} ${QUESTION}`;
    const cancelled = await client.responses.create({ model: vendors[0].model, input: slow, background: true });
    expect((await client.responses.cancel(cancelled.id)).status).toMatch(/cancelled|in_progress/);
  });

  it('embeds, so that what is alike lies close together', async () => {
    const texts = ['the quick red fox', 'a red fox, quick and clever', 'quarterly revenue of the group'];
    for (const model of ['text-embedding-3-small', 'gemini-embedding-001', 'embed-v4.0', 'mistral-embed']) {
      const { data, usage } = await clientOf().embeddings.create({ model, input: texts, dimensions: 256 });
      const [fox, near, far] = data.map(({ embedding }) => embedding);
      expect({ model, likeness: dot(fox, near) > dot(fox, far) + 0.1 }).toEqual({ model, likeness: true });
      expect(usage.total_tokens).toBeGreaterThan(0);
    }
  });

  it('speaks, hears what was said, and moderates', async () => {
    const client = clientOf();
    const words = 'Skein runs every call on the right model.';
    const speech = await client.audio.speech.create({
      model: 'tts-1',
      voice: 'alloy',
      input: words,
      response_format: 'wav',
    });
    const sound = Buffer.from(await speech.arrayBuffer());
    expect(speech.headers.get('content-type')).toBe('audio/wav');
    const heard = await client.audio.transcriptions.create({ model: 'whisper-1', file: new File([sound], 'said.wav') });
    expect(heard.text).toBe(words);
    const { results } = await client.moderations.create({ input: ['I will kill them', 'I like tea'] });
    expect(results.map(({ flagged }) => flagged)).toEqual([true, false]);
  });

  it('lists models, and gives each by its name', async () => {
    const client = clientOf();
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(['auto', ...vendors.map(({ model }) => model)]));
    expect(await client.models.retrieve(vendors[1].model)).toMatchObject({ id: vendors[1].model, object: 'model' });
  });

  it('throws the error that its users catch', async () => {
    const client = clientOf();
    const model = vendors[0].model;
    const wrongKey = clientOf({ apiKey: 'sk-wrong' }).chat.completions.create({ model, messages });
    await expect(wrongKey).rejects.toThrow(AuthenticationError);
    const badField = client.chat.completions.create({ model, messages, temperature: 9 });
    await expect(badField).rejects.toMatchObject({ status: 400, param: 'temperature', code: 'invalid_request' });
    await expect(badField).rejects.toThrow(BadRequestError);
    await expect(client.chat.completions.create({ model: 'nobody/x', messages })).rejects.toThrow(NotFoundError);
    await expect(client.responses.create({ model, input: [] })).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(client.embeddings.create({ model: 'text-embedding-3-small', input: [] })).rejects.toMatchObject({
      param: 'input',
    });
  });

  it('tries again as often as it is told to', async () => {
    let asked = 0;
    const client = clientOf({
      maxRetries: 2,
      fetch: (url, init) => {
        asked += 1;
        return fetch(url, init);
      },
    });
    const content = `${misbehave({ status: 500 })} ${QUESTION}`;
    const failing = client.chat.completions.create({
      model: 'cerebras/gpt-oss-120b',
      messages: [{ role: 'user', content }],
    });
    await expect(failing).rejects.toThrow(InternalServerError);
    expect(asked).toBe(3);
  });
}

function dot(one: readonly number[] | undefined, other: readonly number[] | undefined): number {
  return (one ?? []).reduce((sum, value, at) => sum + value * (other?.[at] ?? 0), 0);
}
