import {
  dataLinesOf,
  type Dialect,
  type ErrorClass,
  type Fixture,
  type Telling,
} from '@skein/provider-kit/conformance';

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});

const finishes: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function totalOf(usage: Loose): number {
  const fields = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'output_tokens'];
  return fields.reduce((sum, field) => sum + Number(usage[field] ?? 0), 0);
}

/** Reads a message of Anthropic's, apart from the adapter. */
function tellMessage(body: unknown): Telling {
  const { content, stop_reason, usage } = loose(body);
  const blocks = (content as unknown[]).map(loose);
  const pick = (type: string, field: string) =>
    blocks
      .filter((block) => block.type === type)
      .map((block) => String(block[field]))
      .join('');
  return {
    text: pick('text', 'text'),
    reasoning: pick('thinking', 'thinking'),
    refusal: '',
    toolCalls: blocks
      .filter(({ type }) => type === 'tool_use')
      .map(({ name, input }) => ({ name: String(name), args: input })),
    finish: stop_reason === null ? null : (finishes[String(stop_reason)] ?? null),
    totalTokens: totalOf(loose(usage)),
  };
}

/** Puts the events of a stream together into the message they tell, as Anthropic's own documentation says. */
function tellEvents(events: readonly unknown[]): Telling {
  const blocks: Loose[] = [];
  let stop: unknown = null;
  let usage: Loose = {};
  const seen: Record<string, (event: Loose) => void> = {
    message_start: ({ message }) => (usage = { ...loose(loose(message).usage) }),
    content_block_start: ({ content_block }) => blocks.push({ ...loose(content_block), json: '' }),
    content_block_delta: ({ delta }) => {
      const block = blocks.at(-1) ?? {};
      const { text, thinking, partial_json } = loose(delta);
      if (text !== undefined) block.text = String(block.text) + String(text);
      if (thinking !== undefined) block.thinking = String(block.thinking) + String(thinking);
      if (partial_json !== undefined) block.json = String(block.json) + String(partial_json);
    },
    message_delta: ({ delta, usage: told }) => {
      stop = loose(delta).stop_reason;
      usage = { ...usage, ...Object.fromEntries(Object.entries(loose(told)).filter(([, value]) => value !== null)) };
    },
  };
  for (const event of events.map(loose)) seen[String(event.type)]?.(event);
  const content = blocks.map((block) =>
    block.json === '' ? block : { ...block, input: JSON.parse(String(block.json)) as unknown },
  );
  return tellMessage({ content, stop_reason: stop, usage });
}

function errorClass(status: number): ErrorClass {
  if (status === 401 || status === 403) return 'access';
  if (status === 429) return 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

function skip({ tags, response }: Fixture): string | null {
  if (!tags.includes('chat')) return `of ${tags[0]}`;
  if (response.body_kind !== 'json' && response.body_kind !== 'sse') return `with a body that is ${response.body_kind}`;
  if (
    response.body_kind === 'sse' &&
    !dataLinesOf(String(response.body)).some((line) => line.includes('message_start'))
  ) {
    return 'in another dialect';
  }
  return null;
}

/** How recordings of Anthropic's are read, apart from the adapter. */
export const anthropicShaped: Dialect = {
  skip,
  tellWhole: tellMessage,
  tellStream: tellEvents,
  errorClass,
  isPassedThrough: false,
};
