import { type Buffer } from 'node:buffer';
import {
  describeConformance,
  describeFuzz,
  type Dialect,
  type ErrorClass,
  type Fixture,
  type Framing,
  type Telling,
} from '@skein/provider-kit/conformance';
import { bedrock } from './bedrock.js';
import { encodeEvent } from '../test/encode-event.js';

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as unknown[]).map(loose) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const finishes: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
};

/** Reads a Converse answer, apart from the adapter. */
function tellAnswer(body: unknown): Telling {
  const { output, stopReason, usage } = loose(body);
  const blocks = list(loose(loose(output).message).content);
  return {
    text: blocks
      .map(
        (block) =>
          text(block.text) +
          list(loose(block.citationsContent).content)
            .map((piece) => text(piece.text))
            .join(''),
      )
      .join(''),
    reasoning: blocks.map(({ reasoningContent }) => text(loose(loose(reasoningContent).reasoningText).text)).join(''),
    refusal: '',
    toolCalls: blocks
      .map(({ toolUse }) => loose(toolUse))
      .filter(({ name, type }) => name !== undefined && type !== 'server_tool_use')
      .map(({ name, input }) => ({ name: String(name), args: input ?? {} })),
    finish: finishes[String(stopReason)] ?? null,
    totalTokens: usage === undefined ? null : Number(loose(usage).totalTokens),
  };
}

/** Puts the events of a stream together into the answer they tell; each is known by the fields it alone has. */
function tellEvents(events: readonly unknown[]): Telling {
  const content: Loose[] = [];
  let end: Loose = {};
  for (const event of events.map(loose)) {
    const delta = loose(event.delta);
    if (event.start !== undefined) content.push({ ...loose(event.start), json: '' });
    if (delta.text !== undefined) content.push({ text: delta.text });
    if (delta.reasoningContent !== undefined)
      content.push({ reasoningContent: { reasoningText: delta.reasoningContent } });
    if (delta.toolUse !== undefined) {
      const last = content.at(-1) ?? {};
      last.json = text(last.json) + text(loose(delta.toolUse).input);
    }
    if (event.stopReason !== undefined) end = { ...end, stopReason: event.stopReason };
    if (event.usage !== undefined) end = { ...end, usage: event.usage };
  }
  const whole = content.map((block) =>
    block.toolUse === undefined
      ? block
      : { toolUse: { ...loose(block.toolUse), input: JSON.parse(text(block.json) || '{}') as unknown } },
  );
  return tellAnswer({ ...end, output: { message: { content: whole } } });
}

/** Event streams, taken apart by their lengths alone. */
const framing: Framing = {
  split(body) {
    const events: Buffer[] = [];
    for (let at = 0; at < body.length; at += body.readUInt32BE(at)) {
      events.push(body.subarray(at, at + body.readUInt32BE(at)));
    }
    return events;
  },
  payloads: (body) => framing.split(body).map((event) => payloadOf(event).toString('utf8')),
  rewrite: (event, change) => encodeEvent(event.subarray(12, 12 + event.readUInt32BE(4)), change(payloadOf(event))),
};

const payloadOf = (event: Buffer) => event.subarray(12 + event.readUInt32BE(4), -4);

function errorClass(status: number): ErrorClass {
  if (status === 401 || status === 403) return 'access';
  if (status === 429) return 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

function skip({ request, response }: Fixture): string | null {
  if (!/\/converse(-stream)?$/.test(request?.url ?? '')) return 'of another API of the vendor';
  return ['json', 'base64'].includes(response.body_kind) ? null : `with a body that is ${response.body_kind}`;
}

const dialect: Dialect = {
  skip,
  tellWhole: tellAnswer,
  tellStream: tellEvents,
  errorClass,
  isPassedThrough: false,
  framing,
};

describeConformance(bedrock, 'bedrock', dialect);
describeFuzz(bedrock, 'bedrock', dialect);
