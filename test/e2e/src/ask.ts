/** The few ways in which these specs ask, each with everything the answer showed. */
import type {
  ChatAnswer,
  ChatBody,
  ChatChunk,
  HttpAnswer,
  HttpClient,
  Mesh,
  RecordAnswer,
  SseEvent,
  UsageAnswer,
} from '@skein/testkit';
import { eventually } from '@skein/testkit';

export const CHAT = '/v1/chat/completions';

/** For specs that let one model fail again and again and look at each request by itself. */
export const withoutCircuits = { HEALTH_CONSECUTIVE_ERRORS: '1000', HEALTH_ERROR_RATE: '1' } as const;

export function askPlain(
  http: HttpClient,
  body: ChatBody,
  headers?: Record<string, string>,
): Promise<HttpAnswer<ChatAnswer>> {
  return http.post<ChatAnswer>(CHAT, body, headers);
}

export interface StreamedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly events: readonly SseEvent[];
  readonly chunks: readonly ChatChunk[];
  /** All content, joined. */
  readonly text: string;
  readonly endsWithDone: boolean;
}

/** Asks for a stream and reads it to its end. */
export async function askStream(
  http: HttpClient,
  body: ChatBody,
  headers?: Record<string, string>,
): Promise<StreamedAnswer> {
  const stream = await http.stream(CHAT, { ...body, stream: true }, headers);
  return { status: stream.status, headers: stream.headers, ...readEvents(await stream.rest()) };
}

/** What a customer makes of the events of a stream. */
export function readEvents(
  events: readonly SseEvent[],
): Pick<StreamedAnswer, 'events' | 'chunks' | 'text' | 'endsWithDone'> {
  const chunks = events
    .filter(({ event, data }) => event === 'message' && data !== '[DONE]')
    .map(({ data }) => JSON.parse(data) as ChatChunk);
  return { events, chunks, text: textOf(chunks), endsWithDone: events.at(-1)?.data === '[DONE]' };
}

export function textOf(chunks: readonly ChatChunk[]): string {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}

/** The record of a request, once it is over. */
export function finishedRecord(http: HttpClient, requestId: string | undefined): Promise<RecordAnswer> {
  return eventually(async () => {
    const { status, json, text } = await http.get<RecordAnswer>(`/v1/requests/${requestId}`);
    if (status !== 200 || json.status === 'running') throw new Error(`no finished record of ${requestId}: ${text}`);
    return json;
  });
}

export async function usageOf(http: HttpClient): Promise<UsageAnswer> {
  return (await http.get<UsageAnswer>('/v1/usage')).json;
}

/** The usage of the key once the ledger has so many attempts. */
export function usageWith(http: HttpClient, attempts: number): Promise<UsageAnswer> {
  return eventually(async () => {
    const usage = await usageOf(http);
    if (usage.attempts !== attempts) throw new Error(`the ledger has ${usage.attempts} attempts, not ${attempts}`);
    return usage;
  });
}

/** The stop of a mesh whose start may have failed. */
export async function stopMesh(mesh: Mesh | undefined): Promise<void> {
  await mesh?.stop();
}
