// The first choice fails in each way a vendor can; others live. Every request should be answered.
import { chat, type SandboxKnobs } from '@skein/testkit';
import { PACE } from '../pace.js';
import type { Fault } from './fault.js';

const FIRST = 'openai';
const fallbacks = ['groq/llama-3.1-8b-instant', 'mistral/mistral-small-2603'];

interface Way {
  readonly model: string;
  readonly knobs: SandboxKnobs;
}

/** Each strikes a model of its own: one that errs is rested for minutes, and who is not asked cannot fail. */
const ways: Readonly<Record<string, Way>> = {
  'refuses connections': { model: 'gpt-4o-mini', knobs: { cut: true } },
  'answers 500': { model: 'gpt-4o', knobs: { status: 500 } },
  'answers 429 with retry-after 2': { model: 'gpt-4.1', knobs: { status: 429, retry_after: 2 } },
  'answers nonsense': { model: 'gpt-4.1-mini', knobs: { malformed: true } },
  'answers nothing': { model: 'gpt-4.1-nano', knobs: { empty: true } },
  hangs: { model: 'gpt-4-turbo', knobs: { hang: true } },
  'is slow (1 s)': { model: 'gpt-3.5-turbo', knobs: { latency: 1_000 } },
  'cuts streams at chunk 10': { model: 'gpt-4o-2024-08-06', knobs: { cut_after: 10 } },
  'goes silent at chunk 10': { model: 'gpt-4o-2024-11-20', knobs: { hang_after: 10 } },
};

/** So seldom that nothing closes it off: it is asked all the time, and fails each time anew. */
const nowAndThen: Way = {
  model: 'gpt-4o-2024-05-13',
  knobs: { status: 500, cut_after: 10, chance: { status: 0.01, cut_after: 0.005 } },
};

export function vendorFaults(erringMs: number): readonly Fault[] {
  return [
    ...Object.entries(ways).map(([way, how]) => failing(way, how)),
    { ...failing(`errs now and then for ${erringMs / 1_000} s`, nowAndThen), lastsMs: erringMs },
  ];
}

function failing(way: string, { model, knobs }: Way): Fault {
  return {
    name: `first vendor ${way}`,
    bodyOf: (index) => chat(`${FIRST}/${model}`, `Say the number ${index}.`, { metadata: { fallbacks } }),
    strike: ({ mesh }) => mesh.sandbox.setKnobs(FIRST, { ...PACE, ...knobs }),
    heal: ({ mesh }) => mesh.sandbox.setKnobs(FIRST, PACE),
  };
}
