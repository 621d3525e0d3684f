import { describe, expect, it } from '@jest/globals';
import { definitionOf } from '../../test/situation.js';
import { compile } from '../definition/compile.js';
import { estimate, type Price } from './estimate.js';

const LATENCY: Readonly<Record<string, number>> = { slow: 300, quick: 100 };
/** Every call costs 10 nano-USD and takes what its model's name says. */
const price: Price = ({ model }) =>
  Promise.resolve(
    model === 'nobody'
      ? { model: null, outputTokens: 0, costNano: null, latencyMs: null, problem: 'no model can be had' }
      : { model, outputTokens: 50, costNano: 10, latencyMs: LATENCY[model] ?? 200, problem: null },
  );

async function estimateOf(yaml: string, inputs: Record<string, unknown> = { input: 'x' }) {
  const definition = definitionOf(yaml);
  const { pipeline } = compile(definition);
  if (pipeline === null) throw new Error('it does not compile');
  return estimate(pipeline, { runId: 'r', workflow: 'w', definition, inputs }, price);
}

describe('what a run is expected to take', () => {
  it('is the sum of a sequence, and the longest branch of a parallel', async () => {
    const sequence = await estimateOf('pipeline: { stages: [{ name: a, model: slow }, { name: b, model: quick }] }');
    expect(sequence.expected).toEqual({ calls: 2, cost_nano_usd: 20, latency_ms: 400 });
    const parallel = await estimateOf(
      'pipeline: { parallel: [{ name: a, model: slow }, { name: b, model: quick }, { name: fusion, model: quick }] }',
    );
    expect(parallel.expected).toEqual({ calls: 3, cost_nano_usd: 30, latency_ms: 400 });
    expect(parallel.critical_path).toEqual(['a', 'fusion']);
  });

  it('counts the items of a list that is known, in rows of its width', async () => {
    const yaml =
      'inputs: { docs: { type: list } }\npipeline: { stages: [{ name: m, kind: map, over: inputs.docs, width: 2, model: quick, prompt: "{{ item }}" }] }';
    const { expected } = await estimateOf(yaml, { docs: ['a', 'b', 'c'], input: null });
    expect(expected).toEqual({ calls: 3, cost_nano_usd: 30, latency_ms: 200 });
  });

  it('says what it leaves out', async () => {
    const { stages } = await estimateOf('pipeline: { stages: [{ name: a }, { name: v, kind: verify }] }');
    expect(stages[1]?.note).toBe('without re-runs of "a", of which there may be 3');
  });

  it('is unknown as a whole where one stage is', async () => {
    const { expected } = await estimateOf('pipeline: { stages: [{ name: a }, { name: b, model: nobody }] }');
    expect(expected).toEqual({ calls: 2, cost_nano_usd: null, latency_ms: null });
  });
});
