import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { tidily } from './tidily.js';

it('tidies up when somebody interrupts, and lets no second signal end the process before that', async () => {
  const signals = new EventEmitter();
  const done: string[] = [];
  const work = tidily(
    () => new Promise<never>(() => undefined),
    async () => {
      expect(signals.emit('SIGINT')).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
      done.push('tidied up');
    },
    signals,
  );
  signals.emit('SIGINT');
  await expect(work).rejects.toThrow('Interrupted');
  expect(done).toEqual(['tidied up']);
  expect(signals.emit('SIGINT')).toBe(false);
});

it('tidies up after work that succeeds or fails, and leaves its end as it was', async () => {
  const signals = new EventEmitter();
  let times = 0;
  const tidyUp = async (): Promise<void> => void (times += 1);
  expect(await tidily(async () => 'well', tidyUp, signals)).toBe('well');
  await expect(tidily(() => Promise.reject(new Error('badly')), tidyUp, signals)).rejects.toThrow('badly');
  expect(times).toBe(2);
});
