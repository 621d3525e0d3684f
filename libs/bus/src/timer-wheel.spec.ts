import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TimerWheel } from './timer-wheel.js';

describe('the timer wheel', () => {
  let wheel: TimerWheel;
  let ran: string[];

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000 });
    wheel = new TimerWheel(() => Date.now());
    ran = [];
  });
  afterEach(() => {
    wheel.stop();
    jest.useRealTimers();
  });

  const after = (ms: number, name: string) => wheel.after(ms, () => void ran.push(`${name} at ${Date.now() - 1_000}`));

  it('runs nothing early, and everything within a tick of its time', () => {
    after(45, 'one');
    jest.advanceTimersByTime(44);
    expect(ran).toEqual([]);
    jest.advanceTimersByTime(20);
    expect(ran).toEqual(['one at 60']);
  });

  it('runs each once, in the order of their times', () => {
    after(90, 'last');
    after(10, 'first');
    after(50, 'middle');
    jest.advanceTimersByTime(1_000);
    expect(ran).toEqual(['first at 20', 'middle at 60', 'last at 100']);
  });

  it('does not run what was cancelled, even by one that runs at the same time', () => {
    const victim: { cancel(): void }[] = [];
    wheel.after(30, () => victim.forEach((timer) => timer.cancel()));
    victim.push(after(30, 'cancelled'));
    after(30, 'kept');
    jest.advanceTimersByTime(100);
    expect(ran).toEqual(['kept at 40']);
  });

  it('does not lose what is set while it runs, at the very edge of a tick', () => {
    wheel.after(20, () => void after(0, 'set while running'));
    jest.advanceTimersByTime(60);
    expect(ran).toEqual(['set while running at 40']);
  });

  it('loses nothing when one of them throws', () => {
    wheel.after(20, () => {
      throw new Error('a bug of the one who set it');
    });
    after(40, 'the next');
    expect(() => jest.advanceTimersByTime(20)).toThrow('a bug of the one who set it');
    jest.advanceTimersByTime(20);
    expect(ran).toEqual(['the next at 40']);
  });

  it('catches up after the process stood still', () => {
    after(20, 'one');
    after(500, 'two');
    jest.setSystemTime(3_000);
    jest.advanceTimersByTime(20);
    expect(ran.map((line) => line.split(' ')[0])).toEqual(['one', 'two']);
  });

  it('stops ticking when nothing is left, and starts again with the next', () => {
    after(20, 'one');
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(0);
    after(20, 'two');
    jest.advanceTimersByTime(100);
    expect(ran).toEqual(['one at 20', 'two at 120']);
  });

  it('wakes for nothing between what is still wanted', () => {
    const met = [100, 200, 300, 400].map((ms) => after(ms, 'met'));
    after(900, 'kept');
    for (const timer of met) timer.cancel();
    jest.advanceTimersToNextTimer(2);
    expect(ran).toEqual(['kept at 900']);
  });

  it('runs what is set for a time before the one it waits for, and what is seconds away', () => {
    after(5_010, 'late');
    after(700, 'early');
    jest.advanceTimersByTime(6_000);
    expect(ran).toEqual(['early at 700', 'late at 5020']);
  });

  it('runs nothing once it was stopped', () => {
    after(20, 'one');
    wheel.stop();
    jest.advanceTimersByTime(100);
    expect(ran).toEqual([]);
  });
});
