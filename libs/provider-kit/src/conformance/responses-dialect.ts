/** How recordings of OpenAI's Responses are read, apart from the adapter: streams by the response that ends them. */
import type { VendorAdapter } from '../vendor-adapter.js';
import { responsesCall } from '../openai/responses/responses-call.js';
import type { Dialect } from './conformance.js';
import type { Fixture } from './fixture.js';
import type { ErrorClass, Telling } from './telling.js';

/** The adapter, asking for a Response whatever is asked. */
export function askingForResponses(adapter: VendorAdapter): VendorAdapter {
  return { ...adapter, prepare: (question) => responsesCall(adapter.vendor, question) };
}

type Loose = Record<string, unknown>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as unknown[]).map(loose) : []);
const word = (value: unknown): string => (typeof value === 'string' ? value : '');

function argumentsOf({ type, arguments: args, input }: Loose): unknown {
  if (type === 'custom_tool_call') return input;
  try {
    return JSON.parse(word(args)) as unknown;
  } catch {
    return args;
  }
}

const finishByReason: Record<string, string> = { max_output_tokens: 'length', content_filter: 'content_filter' };

function tellResponse(body: unknown): Telling {
  const { output, usage, incomplete_details } = loose(body);
  const items = list(output);
  const parts = items.filter(({ type }) => type === 'message').flatMap(({ content }) => list(content));
  const said = (kind: string, field: string) =>
    parts
      .filter(({ type }) => type === kind)
      .map((part) => word(part[field]))
      .join('');
  const calls = items.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call');
  const { total_tokens } = loose(usage);
  const thoughts = items
    .filter(({ type }) => type === 'reasoning')
    .flatMap(({ summary, content }) => [...list(summary), ...list(content)].map(({ text }) => word(text)));
  return {
    text: said('output_text', 'text'),
    refusal: said('refusal', 'refusal'),
    reasoning: thoughts.filter((text) => text !== '').join('\n\n'),
    toolCalls: calls.map((call) => ({ name: word(call.name), args: argumentsOf(call) })),
    finish: finishByReason[word(loose(incomplete_details).reason)] ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
    totalTokens: typeof total_tokens === 'number' ? total_tokens : null,
  };
}

/** The last event holds the whole response; where its output was left out, the items that were told to be done are it. */
function tellEvents(events: readonly unknown[]): Telling {
  const told = events.map(loose);
  const last = told.findLast(({ type }) => type === 'response.completed' || type === 'response.incomplete');
  if (last === undefined) return { ...tellResponse({}), finish: null };
  const response = loose(last.response);
  const done = told.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  return tellResponse({ ...response, output: list(response.output).length > 0 ? response.output : done });
}

function errorClass(status: number, body: unknown): ErrorClass {
  const text = JSON.stringify(body);
  if (status === 401 || status === 403 || /incorrect api key/i.test(text)) return 'access';
  if (status === 429) return /insufficient_quota/.test(text) ? 'access' : 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

function skip({ tags, request, response }: Fixture): string | null {
  if (!tags.includes('responses')) return `of ${tags[0]}`;
  if (request?.url?.endsWith('/compact') === true) return 'of responses/compact';
  const { status, body, body_kind } = response;
  if (body_kind !== 'json' && body_kind !== 'sse') return `with a body that is ${body_kind}`;
  // An index by words: an error within an item is what a tool of the vendor's said.
  if (status < 400 && tags.includes('error-body') && loose(body).status === 'completed') return 'of a tool that failed';
  if (body_kind === 'sse' && body === '') return 'of nothing';
  if (String(body).split('"type":"response.created"').length > 2) return 'of several answers in one';
  return null;
}

export const responsesShaped: Dialect = {
  api: 'responses',
  skip,
  tellWhole: tellResponse,
  tellStream: tellEvents,
  errorClass,
  isPassedThrough: false,
};
