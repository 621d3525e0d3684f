// `@anthropic-ai/sdk` as its users have it, with nothing changed but its base URL.
import Anthropic, { AuthenticationError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk';
import { expect, it } from '@jest/globals';
import { eventually, misbehave, type Mesh } from '@skein/testkit';
import { QUESTION, WEATHER_QUESTION, vendors, weather, type Matrix } from './matrix.js';

const CLIENT = '@anthropic-ai/sdk';

export function promiseAnthropic(meshOf: () => Mesh, matrix: Matrix): void {
  const clientOf = (apiKey = meshOf().key) => new Anthropic({ baseURL: meshOf().url, apiKey, maxRetries: 0 });
  const asked = (content: string) => ({ max_tokens: 600, messages: [{ role: 'user' as const, content }] });

  it.each(vendors)('answers, streams and counts with $shape models', async (vendor) => {
    const { model } = vendor;
    const whole = await clientOf().messages.create({ model, ...asked(QUESTION) });
    const [block] = whole.content;
    expect(block).toMatchObject({ type: 'text', text: expect.stringMatching(/\S/) });
    expect(whole).toMatchObject({ role: 'assistant', stop_reason: 'end_turn' });
    const stream = clientOf().messages.stream({ model, ...asked(QUESTION) });
    const final = await stream.finalMessage();
    expect(final.content).toMatchObject([{ type: 'text', text: block?.type === 'text' ? block.text : '' }]);
    expect(final.usage.output_tokens).toBe(whole.usage.output_tokens);
    const count = await clientOf().messages.countTokens({ model, messages: [{ role: 'user', content: QUESTION }] });
    expect(count.input_tokens).toBeGreaterThan(3);
    matrix.note(CLIENT, vendor, 'messages · stream · count_tokens');
  });

  it.each(vendors)('calls tools of $shape models and hands their results back', async (vendor) => {
    const { model } = vendor;
    const { name, description, parameters } = weather;
    const tools = [{ name, description, input_schema: { ...parameters } }];
    const first = await clientOf().messages.create({ model, tools, ...asked(WEATHER_QUESTION) });
    expect(first.stop_reason).toBe('tool_use');
    const call = first.content.find(({ type }) => type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    const tool_use_id = call?.type === 'tool_use' ? call.id : '';
    const second = await clientOf().messages.create({
      model,
      tools,
      max_tokens: 600,
      messages: [
        { role: 'user', content: WEATHER_QUESTION },
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id, content: 'It is 21 degrees.' }] },
      ],
    });
    expect(second.content.some((block) => block.type === 'text' && block.text !== '')).toBe(true);
    matrix.note(CLIENT, vendor, 'tools');
  });

  it.each(vendors)('hangs up on $shape models in the middle of a stream', async (vendor) => {
    const { sandbox } = meshOf();
    const vendorId = vendor.model.split('/')[0];
    const before = (await sandbox.served()).at(-1)?.seq ?? 0;
    const question = `${misbehave({ rate: 20, tokens: 400 })} ${QUESTION}`;
    const stream = clientOf().messages.stream({ model: vendor.model, ...asked(question) });
    stream.on('text', () => stream.abort());
    await expect(stream.done()).rejects.toThrow('aborted');
    await eventually(async () => {
      const left = (await sandbox.served(before)).filter(({ outcome }) => outcome === 'aborted_by_client');
      if (!left.some(({ vendor: served }) => served === vendorId)) throw new Error(`${vendorId} was not hung up on`);
    });
    matrix.note(CLIENT, vendor, 'abort');
  });

  it('counts Chinese as what it is', async () => {
    const text = '人工智能正在改变我们的生活方式，也带来了新的挑战。'.repeat(20);
    const messages = [{ role: 'user' as const, content: text }];
    const { input_tokens } = await clientOf().messages.countTokens({ model: 'openai/gpt-4o-mini', messages });
    // A quarter of its characters, as English would have it, would be far too few.
    expect(input_tokens / text.length).toBeGreaterThan(0.5);
    expect(input_tokens / text.length).toBeLessThan(1.1);
  });

  it('throws the error that its users catch', async () => {
    const model = vendors[1].model;
    await expect(clientOf('sk-wrong').messages.create({ model, ...asked(QUESTION) })).rejects.toThrow(
      AuthenticationError,
    );
    const missing = clientOf().messages.create({ model: 'nobody/x', ...asked(QUESTION) });
    await expect(missing).rejects.toThrow(NotFoundError);
    await expect(missing).rejects.toMatchObject({ requestID: expect.stringMatching(/^req_/) });
    await expect(clientOf().messages.create({ model, max_tokens: 10, messages: [] })).rejects.toThrow(BadRequestError);
  });

  it('lists models', async () => {
    const ids: string[] = [];
    for await (const { id } of clientOf().models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(vendors.map(({ model }) => model)));
  });
}
