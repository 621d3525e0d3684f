import { describe, expect, it } from '@jest/globals';
import { RequestBody } from '@skein/contracts/wire';
import type { Question } from '@skein/provider-kit';
import { conversePath } from './bedrock.wire.js';
import { toBedrock } from './to-bedrock.js';

const messages = [{ role: 'user', content: 'hi' }];
const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

function translate(request: object, question: Partial<Question> = {}) {
  return toBedrock({
    body: RequestBody.of({ model: 'auto', messages, ...request }),
    model: CLAUDE,
    stream: false,
    continuation: null,
    record: null,
    at: 0,
    ...question,
  });
}

const tools = [{ type: 'function', function: { name: 'f', description: 'd', parameters: { properties: {} } } }];
const toolSpec = { name: 'f', description: 'd', inputSchema: { json: { type: 'object', properties: {} } } };
const mark = { cache_control: { type: 'ephemeral' } };
const cachePoint = { cachePoint: { type: 'default' } };

describe('an OpenAI request for Bedrock', () => {
  it('says little when little was asked', () => {
    expect(translate({}).body).toEqual({ messages: [{ role: 'user', content: [{ text: 'hi' }] }] });
  });

  it('sorts system text, media, calls and their results into turns that alternate', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"x":1}' } });
    const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
    const { body } = translate({
      messages: [
        { role: 'system', content: 'be brief', ...mark },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see', ...mark },
            { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
            { type: 'image_url', image_url: { url: 's3://bucket/x.png' } },
            { type: 'file', file: { filename: 'a_b.final.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
          ],
        },
        { role: 'assistant', content: '', thinking_blocks: [thought], tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'tool', tool_call_id: 'b', content: '' },
      ],
    });
    expect(body.system).toEqual([{ text: 'be brief' }, cachePoint]);
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { text: 'see' },
          cachePoint,
          { image: { format: 'jpeg', source: { bytes: 'AAAA' } } },
          { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/x.png' } } } },
          { document: { format: 'pdf', name: 'a-b-final', source: { bytes: 'BBBB' } } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
          { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } },
          { toolUse: { toolUseId: 'b', name: 'f', input: { x: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: 'one' }] } },
          { toolResult: { toolUseId: 'b', content: [{ text: '(no result)' }] } },
        ],
      },
    ]);
  });

  it('sets what is sampled, and says what it cannot', () => {
    const { body, notices } = translate({ temperature: 1.5, top_p: 0.9, max_tokens: 10, stop: 'END', seed: 7 });
    expect(body.inferenceConfig).toEqual({ temperature: 1, topP: 0.9, maxTokens: 10, stopSequences: ['END'] });
    expect(notices).toEqual([expect.stringContaining('seed'), expect.stringContaining('temperature')]);
  });

  it.each([
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'f' } }, { tool: { name: 'f' } }],
  ])('chooses tools: %j', (tool_choice, toolChoice) => {
    expect(translate({ tools, tool_choice }).body.toolConfig).toEqual({ tools: [{ toolSpec }], toolChoice });
  });

  it('offers no tools where none may be called, unless the conversation speaks of them', () => {
    expect(translate({ tools, tool_choice: 'none' }).body).not.toHaveProperty('toolConfig');
    const history = [...messages, { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f' } }] }];
    const { body, notices } = translate({ tools, tool_choice: 'none', messages: history });
    expect(body.toolConfig).toEqual({ tools: [{ toolSpec }] });
    expect(notices).toEqual([expect.stringContaining('no tool')]);
  });

  it('asks for a schema in the vendor’s way, and for plain JSON in words', () => {
    const schema = { type: 'object' };
    const strict = translate({ response_format: { type: 'json_schema', json_schema: { name: 's', schema } } });
    const jsonSchema = { name: 's', schema: '{"type":"object"}' };
    expect(strict.body.outputConfig).toEqual({ textFormat: { type: 'json_schema', structure: { jsonSchema } } });
    const loose = translate({ response_format: { type: 'json_object' } });
    expect(loose.body.system).toHaveLength(1);
    expect(loose.notices).toHaveLength(1);
  });

  it.each([
    [CLAUDE, { thinking: { type: 'enabled', budget_tokens: 2_048 } }],
    ['eu.anthropic.claude-opus-4-7', { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'low' }],
    ['qwen.qwen3-32b-v1:0', { reasoning_config: 'low' }],
    ['global.amazon.nova-2-lite-v1:0', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }],
  ])('thinks as %s can be told to', (model, fields) => {
    const { body, notices } = translate({ reasoning_effort: 'low', max_tokens: 8_000 }, { model });
    expect(body.additionalModelRequestFields).toEqual(fields);
    expect(notices).toEqual([]);
  });

  it('says where a model cannot be told, where there is no room, and what thinking forbids', () => {
    const told = (request: object, model = CLAUDE) =>
      translate({ reasoning_effort: 'low', ...request }, { model }).notices;
    expect(told({}, 'meta.llama3-3-70b-instruct-v1:0')).toEqual([expect.stringContaining('llama')]);
    expect(told({ max_tokens: 1_500 })).toEqual([expect.stringContaining('room')]);
    expect(told({ tools, tool_choice: 'required' })).toEqual([expect.stringContaining('demanded')]);
    expect(told({ temperature: 0.2 })).toEqual([expect.stringContaining('temperature')]);
  });

  it('keeps apart what is Converse’s, what is the model’s, and what is Skein’s', () => {
    const guardrailConfig = { guardrailIdentifier: 'g' };
    const { body, notices } = translate({ guardrailConfig, top_k: 5, metadata: { task: 'code', run: '7' } });
    expect(body).toMatchObject({ guardrailConfig, additionalModelRequestFields: { top_k: 5 } });
    expect(body).not.toHaveProperty('metadata');
    expect(notices).toEqual([expect.stringContaining('run')]);
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['modalities', { modalities: ['audio'] }],
    ['tools[0]', { tools: [{ type: 'custom' }] }],
    ['tool_choice', { tools, tool_choice: 'perhaps' }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    [
      'messages[0].content[0]',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] }] },
    ],
  ])('refuses %s by name', (param, request) => {
    expect(() => translate(request)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  it('lets no name of a model lead elsewhere', () => {
    expect(conversePath(CLAUDE, true)).toBe('/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream');
    expect(conversePath('arn:aws:bedrock:x/../y', false)).toBe('/model/arn%3Aaws%3Abedrock%3Ax%2F..%2Fy/converse');
    for (const name of ['..', ''])
      expect(() => conversePath(name, false)).toThrow(expect.objectContaining({ param: 'model' }));
  });
});
