// The first choice fails in each way a vendor can; others live. Every request should be answered.
import { chat, type SandboxKnobs } from '@skein/testkit';
import { PACE } from '../pace.js';
import type { Fault } from './fault.js';

const FIRST = 'openai';
const fallbacks = ['groq/llama-3.1-8b-instant', 'mistral/mistral-small-2603'];
const bodyOf = (index: number) => chat(`${FIRST}/gpt-4o-mini`, `Say the number ${index}.`, { metadata: { fallbacks } });

const ways: Readonly<Record<string, SandboxKnobs>> = {
  'refuses connections': { cut: true },
  'answers 500': { status: 500 },
  'answers 429 with retry-after 2': { status: 429, retry_after: 2 },
  'answers nonsense': { malformed: true },
  'answers nothing': { empty: true },
  hangs: { hang: true },
  'is slow (1 s)': { latency: 1_000 },
  'cuts streams at chunk 10': { cut_after: 10 },
  'goes silent at chunk 10': { hang_after: 10 },
};

export const vendorFaults: readonly Fault[] = Object.entries(ways).map(([way, knobs]) => ({
  name: `first vendor ${way}`,
  bodyOf,
  strike: ({ mesh }) => mesh.sandbox.setKnobs(FIRST, { ...PACE, ...knobs }),
  heal: ({ mesh }) => mesh.sandbox.setKnobs(FIRST, PACE),
}));
