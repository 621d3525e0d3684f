import { describe, expect, it } from '@jest/globals';
import { Stopper, toAbortSignal } from './stop-signal.js';

describe('a stopper', () => {
  it('tells everyone who listens once, with its first reason', () => {
    const stopper = new Stopper();
    const heard: string[] = [];
    stopper.addEventListener('abort', () => heard.push(`first: ${String(stopper.reason)}`));
    const left = () => heard.push('left');
    stopper.addEventListener('abort', left);
    stopper.removeEventListener('abort', left);
    stopper.addEventListener('abort', () => heard.push(`second: ${String(stopper.aborted)}`));
    stopper.abort('enough');
    stopper.abort('again');
    stopper.addEventListener('abort', () => heard.push('too late'));
    expect(heard).toEqual(['first: enough', 'second: true']);
  });

  it('follows another until it is let go, and at once where the other has stopped', () => {
    const [first, second] = [new Stopper(), new AbortController()];
    const follower = new Stopper();
    const letGo = follower.follow(first);
    follower.follow(second.signal);
    letGo();
    first.abort('unheard');
    expect(follower.aborted).toBe(false);
    second.abort('heard');
    expect(follower.reason).toBe('heard');
    const late = new Stopper();
    late.follow(first);
    expect(late.reason).toBe('unheard');
  });

  it('is an AbortSignal where one is needed', () => {
    const stopper = new Stopper();
    const signal = toAbortSignal(stopper);
    expect(toAbortSignal(signal)).toBe(signal);
    stopper.abort('why');
    expect(signal.reason).toBe('why');
    expect(toAbortSignal(stopper).aborted).toBe(true);
  });
});
