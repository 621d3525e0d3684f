import {
  describeConformance,
  describeFuzz,
  type Dialect,
  type ErrorClass,
  type Fixture,
  type Telling,
} from '@skein/provider-kit/conformance';
import { cohere } from './cohere.js';

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as unknown[]).map(loose) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const finishes: Record<string, string> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
};

/** Reads an answer of Cohere's, apart from the adapter. */
function tellAnswer(body: unknown): Telling {
  const { message, finish_reason, usage } = loose(body);
  const { content, tool_calls, tool_plan } = loose(message);
  const parts = list(content);
  const billed = loose(loose(usage).billed_units);
  return {
    text: parts.map((part) => text(part.text)).join(''),
    reasoning: text(tool_plan) + parts.map((part) => text(part.thinking)).join(''),
    refusal: '',
    toolCalls: list(tool_calls).map((call) => {
      const { name, arguments: args } = loose(call.function);
      return { name: String(name), args: JSON.parse(text(args) || '{}') as unknown };
    }),
    finish: finishes[String(finish_reason)] ?? null,
    totalTokens: usage === undefined ? null : Number(billed.input_tokens) + Number(billed.output_tokens),
  };
}

/** Puts the events of a stream together into the answer they tell. */
function tellEvents(events: readonly unknown[]): Telling {
  const parts: Loose[] = [];
  const calls: Loose[] = [];
  let plan = '';
  let end: Loose = {};
  for (const event of events.map(loose)) {
    const message = loose(loose(event.delta).message);
    const { thinking, text: said } = loose(message.content);
    const called = loose(loose(message.tool_calls).function);
    parts.push({ thinking, text: said });
    plan += text(message.tool_plan);
    if (event.type === 'tool-call-start') calls.push({ function: { ...called } });
    if (event.type === 'tool-call-delta') {
      const last = loose(calls.at(-1)?.function);
      last.arguments = text(last.arguments) + text(called.arguments);
    }
    if (event.type === 'message-end') end = loose(event.delta);
  }
  return tellAnswer({ ...end, message: { content: parts, tool_calls: calls, tool_plan: plan } });
}

function errorClass(status: number): ErrorClass {
  if (status === 401 || status === 402 || status === 403) return 'access';
  if (status === 429) return 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

function skip({ tags, request, response }: Fixture): string | null {
  if (!tags.includes('chat')) return `of ${tags[0]}`;
  if (request?.url?.includes('/v1/') === true) return 'of the first version';
  if (response.body_kind !== 'json' && response.body_kind !== 'sse') return `with a body that is ${response.body_kind}`;
  return null;
}

const dialect: Dialect = {
  skip,
  tellWhole: tellAnswer,
  tellStream: tellEvents,
  errorClass,
  isPassedThrough: false,
};

describeConformance(cohere, 'cohere', dialect);
describeFuzz(cohere, 'cohere', dialect);
