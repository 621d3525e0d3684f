import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConnectionWatch, PATIENCE_MS, TOGETHER_MS } from './connection-watch.js';

type Status = { type: 'disconnect' | 'reconnect' };

/** A connection whose fate is told by hand. */
function connectionTold() {
  const told: Status[] = [];
  let wake: () => void = () => undefined;
  const status = async function* () {
    for (;;) {
      while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      yield* told.splice(0);
    }
  };
  const tell = async (type: Status['type']) => {
    told.push({ type });
    wake();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { connection: { status } as unknown as NatsConnection, tell };
}

describe('a connection that is watched', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  async function watched() {
    const { connection, tell } = connectionTold();
    const heard: string[] = [];
    const watch = new ConnectionWatch({ onLost: () => heard.push('lost'), onBack: () => heard.push('back') });
    void watch.follow(connection);
    await jest.advanceTimersByTimeAsync(0);
    return { watch, tell, heard };
  }

  it('lets whoever asks while it is away wait until it is back, and the others with it', async () => {
    const { watch, tell, heard } = await watched();
    await tell('disconnect');
    const answers: boolean[] = [];
    void watch.whenConnected(60_000).then((isBack) => answers.push(isBack));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS / 2);
    await tell('reconnect');
    expect([watch.isConnected, answers]).toEqual([true, []]);
    await jest.advanceTimersByTimeAsync(TOGETHER_MS);
    expect([answers, heard]).toEqual([[true], ['lost', 'back']]);
  });

  it('keeps nobody for longer than the patience, or than they have time', async () => {
    const { watch, tell } = await watched();
    await tell('disconnect');
    const answers: string[] = [];
    void watch.whenConnected(60_000).then((isBack) => answers.push(`patient: ${isBack}`));
    void watch.whenConnected(100).then((isBack) => answers.push(`hurried: ${isBack}`));
    await jest.advanceTimersByTimeAsync(100);
    expect(answers).toEqual(['hurried: false']);
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(answers).toEqual(['hurried: false', 'patient: false']);
    await expect(watch.whenConnected(60_000)).resolves.toBe(false);
  });

  it('does not let waiters go when it is lost again before the others are there', async () => {
    const { watch, tell } = await watched();
    await tell('disconnect');
    const answers: boolean[] = [];
    void watch.whenConnected(60_000).then((isBack) => answers.push(isBack));
    await tell('reconnect');
    await tell('disconnect');
    await jest.advanceTimersByTimeAsync(TOGETHER_MS);
    expect(answers).toEqual([]);
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(answers).toEqual([false]);
  });
});
