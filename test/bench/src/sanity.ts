/** What makes a figure doubtful. A flagged figure is shown with its flag, never dropped. */
import type { Visit } from './whole.ts';

const rules: readonly { readonly name: string; readonly applies: (visit: Visit) => boolean; readonly what: string }[] =
  [
    { name: 'errors', applies: ({ errors }) => errors > 0, what: 'answers were refused, cut or incomplete' },
    {
      name: 'empty',
      applies: ({ answersPerSecond }) => answersPerSecond === 0,
      what: 'nothing was answered in the window',
    },
    {
      name: 'little',
      applies: ({ little, inFlight }) => Math.abs(little / inFlight - 1) > 0.1,
      what: "rate × mean is not what was in flight (Little's law): some requests starve, or the generator lies",
    },
    {
      name: 'starved',
      applies: ({ oldestUnansweredMs, p99Ms }) => oldestUnansweredMs > 200 && oldestUnansweredMs > 5 * p99Ms,
      what: 'a request was left unanswered far longer than p99',
    },
    {
      name: 'strangers',
      applies: ({ strangersShare }) => strangersShare > 0.08,
      what: 'programs that are no part of the bench took over 8 % of the core under test',
    },
    {
      name: 'others',
      applies: ({ othersShare }) => othersShare > 0.25,
      what: "idle targets took over a quarter of the load's core",
    },
    { name: 'stolen', applies: ({ stolenShare }) => stolenShare > 0.02, what: 'the host took over 2 % of the core' },
    {
      name: 'load-bound',
      applies: ({ target, loadCoreShare }) => target !== 'direct' && loadCoreShare > 0.95,
      what: "the load's own core was full: rate and latency are the generator's, CPU per answer still the target's",
    },
  ];

export const flagMeanings: readonly { readonly name: string; readonly what: string }[] = rules;

export function flagsOf(visit: Visit): readonly string[] {
  return rules.filter(({ applies }) => applies(visit)).map(({ name }) => name);
}
