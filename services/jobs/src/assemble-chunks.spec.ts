import { describe, expect, it } from '@jest/globals';
import { ChunkAssembler } from './assemble-chunks.js';

function assemble(...chunks: unknown[]): unknown {
  const assembler = new ChunkAssembler();
  for (const chunk of chunks) assembler.take(chunk);
  return assembler.answer;
}

const chunk = (delta: unknown, rest: Record<string, unknown> = {}, index = 0) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index, delta, finish_reason: null, ...rest }],
});

describe('a streamed answer put together again', () => {
  it('is the text, the reason it ended and the usage', () => {
    const usage = { id: 'c1', object: 'chat.completion.chunk', model: 'm', choices: [], usage: { total_tokens: 3 } };
    expect(
      assemble(
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Hello' }),
        chunk({ content: ' you' }),
        chunk({}, { finish_reason: 'stop' }),
        usage,
      ),
    ).toEqual({
      id: 'c1',
      object: 'chat.completion',
      model: 'm',
      usage: { total_tokens: 3 },
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello you' }, finish_reason: 'stop' }],
    });
  });

  it('has its tool calls whole, each with its own arguments', () => {
    const call = (index: number, rest: object) => chunk({ tool_calls: [{ index, ...rest }] });
    expect(
      assemble(
        chunk({ role: 'assistant', content: null }),
        call(0, { id: 't0', type: 'function', function: { name: 'add', arguments: '' } }),
        call(0, { function: { arguments: '{"a"' } }),
        call(1, { id: 't1', type: 'function', function: { name: 'sub', arguments: '{}' } }),
        call(0, { function: { arguments: ':1}' } }),
      ),
    ).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [
              { id: 't0', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
              { id: 't1', type: 'function', function: { name: 'sub', arguments: '{}' } },
            ],
          },
        },
      ],
    });
  });

  it('keeps several choices apart, in their order', () => {
    const answer = assemble(
      chunk({ content: 'b' }, {}, 1),
      chunk({ content: 'a' }, {}, 0),
      chunk({ content: 'B' }, {}, 1),
    );
    expect(answer).toMatchObject({ choices: [{ message: { content: 'a' } }, { message: { content: 'bB' } }] });
  });

  it('leaves out what is no chunk', () => {
    expect(assemble(null, 'x', [], chunk({ content: 'a' }))).toMatchObject({
      choices: [{ message: { content: 'a' } }],
    });
    expect(new ChunkAssembler().isEmpty).toBe(true);
  });
});
