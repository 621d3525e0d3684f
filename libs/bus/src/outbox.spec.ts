import { describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { Outbox } from './outbox.js';

const text = new TextEncoder();
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Whoever waits for time waits for ever. */
const wheel = { after: () => ({ cancel: () => undefined }) };

/** A connection that writes down what it is given, until it is closed. */
function connectionTold(maxPayload = 1 << 20) {
  const said: string[] = [];
  let isClosed = false;
  const connection = {
    info: { max_payload: maxPayload },
    publish: (subject: string, payload: Uint8Array) => {
      if (isClosed) throw new Error('closed');
      if (payload.length > maxPayload) throw new Error('too large');
      said.push(subject);
    },
  } as unknown as NatsConnection;
  return { connection, said, close: () => void (isClosed = true) };
}

describe('the outbox', () => {
  it('hands over what a turn says at its end, in order', async () => {
    const { connection, said } = connectionTold();
    const outbox = new Outbox(connection, wheel);
    outbox.publish('first', text.encode('1'));
    await Promise.resolve();
    outbox.publish('second', text.encode('2'));
    expect(said).toEqual([]);
    await turn();
    expect(said).toEqual(['first', 'second']);
    outbox.publish('third', text.encode('3'));
    await turn();
    expect(said).toEqual(['first', 'second', 'third']);
  });

  it('sends what may wait with what is said next, in front of it', async () => {
    const { connection, said } = connectionTold();
    const outbox = new Outbox(connection, wheel);
    outbox.publishLater('told', text.encode('1'));
    await turn();
    expect(said).toEqual([]);
    outbox.publish('asked', text.encode('2'));
    await turn();
    expect(said).toEqual(['told', 'asked']);
  });

  it('sends what may wait by itself after a moment', () => {
    const { connection, said } = connectionTold();
    const runs: (() => void)[] = [];
    const outbox = new Outbox(connection, { after: (_ms, run) => (runs.push(run), { cancel: () => undefined }) });
    for (const subject of ['one', 'two']) outbox.publishLater(subject, text.encode('1'));
    expect(runs).toHaveLength(1);
    runs[0]?.();
    expect(said).toEqual(['one', 'two']);
  });

  it('lets what is large wait for nobody', () => {
    const { connection, said } = connectionTold();
    const outbox = new Outbox(connection, wheel);
    outbox.publish('small', new Uint8Array(10));
    outbox.publish('large', new Uint8Array(100_000));
    expect(said).toEqual(['small', 'large']);
  });

  it('joins no more frames than a message can carry', async () => {
    const { connection, said } = connectionTold(100);
    const outbox = new Outbox(connection, wheel);
    for (let count = 0; count < 20; count += 1) outbox.publishFrame('frames', new Uint8Array(10));
    await turn();
    expect(said).toEqual(['frames', 'frames', 'frames', 'frames']);
  });

  it('refuses at once what no message can carry', () => {
    const outbox = new Outbox(connectionTold(100).connection, wheel);
    expect(() => outbox.publish('large', new Uint8Array(101))).toThrow('larger than 100 bytes');
  });

  it('tells whoever asked that the connection was closed before, and says the rest all the same', async () => {
    const { connection, close } = connectionTold();
    const outbox = new Outbox(connection, wheel);
    const refused: string[] = [];
    outbox.publish('nobody asks', new Uint8Array(0));
    outbox.publish('call', new Uint8Array(0), undefined, ({ message }) => void refused.push(message));
    close();
    await turn();
    expect(refused).toHaveLength(1);
  });

  it('puts the frames of an attempt into one message a turn, and no more than are good for one', async () => {
    const { connection, said } = connectionTold();
    const outbox = new Outbox(connection, wheel);
    for (const subject of ['out.1', 'out.2', 'out.1', 'out.1']) outbox.publishFrame(subject, text.encode('frame'));
    await turn();
    outbox.publishFrame('out.1', text.encode('frame'));
    await turn();
    expect(said).toEqual(['out.1', 'out.2', 'out.1']);
    for (let sent = 0; sent < 4; sent += 1) outbox.publishFrame('out.3', new Uint8Array(40_000));
    await turn();
    expect(said.slice(3)).toEqual(['out.3', 'out.3', 'out.3', 'out.3']);
  });
});
