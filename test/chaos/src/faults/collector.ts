import { eventually } from '@skein/testkit';
import type { Collector } from '../collector.js';
import type { Fault } from './fault.js';

/** Traces come in bundles, every few seconds. */
const COMES_WITHIN_MS = 60_000;

/** Nobody takes the traces for a while. Nothing may be noticed, and afterwards they come in again. */
export function collectorGone(collector: Collector): Fault {
  const spansCome = (): Promise<void> =>
    eventually(
      () => {
        if (collector.spans === 0) throw new Error('no span comes in');
      },
      { withinMs: COMES_WITHIN_MS, everyMs: 200 },
    );
  return {
    name: 'collector gone',
    strike: async () => {
      await spansCome();
      await collector.stop();
    },
    heal: async () => {
      await collector.startAgain();
      await spansCome();
    },
  };
}
