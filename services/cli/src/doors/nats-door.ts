/** Chat completions over the customers' NATS door: plain JSON, headers named as over HTTP. */
import { connect } from '@nats-io/transport-node';
import {
  createInbox,
  headers as makeHeaders,
  Match,
  NoRespondersError,
  TimeoutError,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from '@nats-io/nats-core';
import { apiSubjects } from '@skein/contracts/gateway';
import { headerNames } from '@skein/contracts/wire';
import { CommandFailure } from '../failure.js';
import { statedFailure } from '../replies.js';
import type { NatsTarget } from '../target.js';
import { readHead, StreamReader, wholeAnswer, type Answer, type ChatBody, type Door } from './answer.js';
import type { HeaderReader } from './http-mesh.js';

/** Longest wait for a whole answer, longer than any deadline of the mesh. Milliseconds. */
const PATIENCE_MS = 660_000;
const NO_RESPONDERS = 503;

/** Connects as a customer. User and password may stand in the address. Throws `CommandFailure` when nothing answers there. */
export async function openNatsDoor(target: NatsTarget, now: () => number = () => performance.now()): Promise<Door> {
  const connection = await connectTo(target.nats);
  return {
    send: (body, onText) =>
      body['stream'] === true
        ? sendStream(connection, target.key, body, now, onText)
        : sendWhole(connection, target.key, body, now),
    close: () => connection.close(),
  };
}

async function connectTo(address: string): Promise<NatsConnection> {
  const url = new URL(address.includes('://') ? address : `nats://${address}`);
  try {
    return await connect({
      servers: `${url.protocol}//${url.host}`,
      name: 'skein',
      ...(url.username !== '' && { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`No NATS server lets us in at ${url.host}: ${reason}`, 'unreachable');
  }
}

function authorise(key: string): MsgHdrs {
  const headers = makeHeaders();
  headers.set('Authorization', `Bearer ${key}`);
  return headers;
}

async function sendWhole(connection: NatsConnection, key: string, body: ChatBody, now: () => number): Promise<Answer> {
  const startedAt = now();
  let reply: Msg;
  try {
    reply = await connection.request(apiSubjects.chatCompletions, JSON.stringify(body), {
      headers: authorise(key),
      timeout: PATIENCE_MS,
    });
  } catch (cause) {
    throw transportFailure(cause);
  }
  const json = parseBody(reply);
  failOnError(reply, json);
  return wholeAnswer(readHead(headerReader([reply])), json, now() - startedAt);
}

async function sendStream(
  connection: NatsConnection,
  key: string,
  body: ChatBody,
  now: () => number,
  onText: ((text: string) => void) | undefined,
): Promise<Answer> {
  const inbox = createInbox();
  const messages = connection.subscribe(inbox);
  const patience = setTimeout(() => messages.unsubscribe(), PATIENCE_MS);
  const reader = new StreamReader(now, onText);
  const seen: Msg[] = [];
  try {
    connection.publish(apiSubjects.chatCompletions, JSON.stringify(body), { headers: authorise(key), reply: inbox });
    for await (const message of messages) {
      const kind = message.headers?.get(headerNames.kind, Match.IgnoreCase) ?? '';
      if (message.headers?.code === NO_RESPONDERS) throw transportFailure(new NoRespondersError(inbox));
      if (message.headers !== undefined) seen.push(message);
      if (kind === 'chunk') reader.take(message.string());
      else if (kind === 'end') return reader.finish(readHead(headerReader(seen)));
      else if (kind === 'error') throw statedFailure(parseBody(message), statusOf(message));
      else failOnError(message, parseBody(message));
    }
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw transportFailure(cause);
  } finally {
    clearTimeout(patience);
    messages.unsubscribe();
  }
  throw new CommandFailure('The answer did not end: the connection closed or the mesh fell silent', 'stream_cut');
}

/** The first value any of these messages carries: a stream says who answers on its first message or its last. */
function headerReader(messages: readonly Msg[]): HeaderReader {
  return (name) => {
    for (const { headers } of messages) {
      const value = headers?.get(name, Match.IgnoreCase) ?? '';
      if (value !== '') return value;
    }
    return null;
  };
}

function statusOf(message: Msg): number | null {
  const code = message.headers?.get(headerNames.serviceErrorCode, Match.IgnoreCase) ?? '';
  return code === '' ? null : Number(code);
}

function failOnError(message: Msg, json: unknown): void {
  const status = statusOf(message);
  if (status !== null) throw statedFailure(json, status);
}

function parseBody(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

function transportFailure(cause: unknown): CommandFailure {
  const first = cause instanceof Error && cause.cause instanceof NoRespondersError ? cause.cause : cause;
  if (first instanceof NoRespondersError)
    return new CommandFailure('No gateway listens on this NATS server', 'no_responders', 503);
  if (first instanceof TimeoutError)
    return new CommandFailure('The mesh did not answer in time', 'deadline_exceeded', 504);
  return new CommandFailure(`NATS: ${first instanceof Error ? first.message : String(first)}`);
}
