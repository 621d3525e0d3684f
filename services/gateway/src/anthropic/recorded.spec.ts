import { describe, expect, it } from '@jest/globals';
import {
  dataOf,
  goodChats,
  list,
  loose,
  parsedOr,
  tellEvents,
  tellMessage,
  type Loose,
} from '../../test/recordings.js';
import { fromChat } from './from-chat.js';
import { MessageStream } from './stream-from-chat.js';

/** Vendors whose answers are canonical as they are recorded. */
const vendors = ['openai', 'deepseek', 'groq', 'mistral', 'xai', 'openrouter', 'together', 'qwen', 'moonshot', 'zhipu'];
const encoder = new TextEncoder();

/** What OpenAI-shaped messages or deltas say, put together in the plainest way. */
function tellOpenAi(choices: readonly Loose[], field: 'message' | 'delta') {
  let text = '';
  const calls = new Map<unknown, { name: string; args: string }>();
  for (const choice of choices) {
    const said = loose(choice[field]);
    text +=
      typeof said.content === 'string'
        ? said.content
        : list(said.content)
            .map((part) => part.text ?? '')
            .join('');
    text += String(said.refusal ?? '');
    list(said.tool_calls).forEach((call, place) => {
      const { name, arguments: args } = loose(call.function);
      const known = calls.get(call.index ?? place) ?? { name: '', args: '' };
      calls.set(call.index ?? place, { name: known.name || String(name), args: known.args + String(args ?? '') });
    });
  }
  return {
    text,
    calls: [...calls.values()].map(({ name, args }) => ({
      name,
      input: parsedOr(args || '{}', field === 'delta' ? args : {}),
    })),
  };
}

function tellAnthropic(content: readonly Loose[]) {
  return {
    text: content.map(({ type, text }) => (type === 'text' ? String(text) : '')).join(''),
    calls: content.filter(({ type }) => type === 'tool_use').map(({ name, input }) => ({ name, input })),
  };
}

const firstChoices = (bodies: readonly unknown[]) =>
  bodies.flatMap((body) => list(loose(body).choices).filter(({ index }) => index === undefined || index === 0));

describe('what OpenAI-shaped vendors were recorded to say, told to an Anthropic client', () => {
  for (const vendor of vendors) {
    for (const { name, response } of goodChats(vendor)) {
      const bodies = response.body_kind === 'sse' ? dataOf(String(response.body)) : [response.body];
      if (bodies.some((body) => loose(body).error !== undefined)) continue;
      it(`${vendor}/${name}`, () => {
        const choices = firstChoices(bodies);
        if (response.body_kind === 'json') {
          expect(tellAnthropic(tellMessage(fromChat(response.body, null)).content)).toEqual(
            tellOpenAi(choices, 'message'),
          );
          return;
        }
        const stream = new MessageStream();
        const events = bodies.flatMap((body) => stream.feed(encoder.encode(JSON.stringify(body))));
        const told = tellEvents([...events, ...stream.finish(null)]);
        expect(tellAnthropic(told.content)).toEqual(tellOpenAi(choices, 'delta'));
      });
    }
  }
});
