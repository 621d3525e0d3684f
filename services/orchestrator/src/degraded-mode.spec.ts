import { expect, it } from '@jest/globals';
import { sheddable } from '@skein/contracts/orchestrator';
import { degradedNotice, shedUnder } from './degraded-mode.js';

const none = new Set<never>();
const shed = (waiting: number, loopDelayMs = 0, before: ReadonlySet<(typeof sheddable)[number]> = none) => [
  ...shedUnder({ waiting, loopDelayMs }, before),
];

it('sheds in one order as the load grows, by the longer of queue and loop', () => {
  expect(shed(0)).toEqual([]);
  expect(shed(0.2)).toEqual(['hedging']);
  expect(shed(0.5)).toEqual(['hedging', 'semantic_cache']);
  expect(shed(0, 150)).toEqual(['hedging', 'semantic_cache', 'llm_classification']);
  expect(shed(1)).toEqual([...sheddable]);
});

it('takes back what it shed only once the load is well below', () => {
  expect(shed(0.15, 0, new Set(['hedging']))).toEqual(['hedging']);
  expect(shed(0.05, 0, new Set(['hedging']))).toEqual([]);
});

it('says so to customers', () => {
  expect(degradedNotice(none)).toBeNull();
  expect(degradedNotice(new Set(['semantic_cache', 'hedging']))).toBe(
    'the mesh is degraded: without hedging, the semantic cache',
  );
});
