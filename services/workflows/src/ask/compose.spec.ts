import { describe, expect, it } from '@jest/globals';
import { definitionOf } from '../../test/situation.js';
import { compile } from '../definition/compile.js';
import type { Scope } from '../engine/scope.js';
import { askVerifier, askWorker } from './compose.js';

const scope: Scope = {
  inputs: { input: 'the task' },
  input: 'the work',
  critique: 'too short',
  run: { id: 'r', workflow: 'w' },
  stages: {},
};
const sentBack = { critique: 'too short', lastAnswer: 'Hm.' };
function stageOf(written: string) {
  const stage = compile(definitionOf(`pipeline: { stages: [{ name: before }, ${written}] }`)).pipeline?.stages.at(-1);
  if (stage === undefined) throw new Error('it does not compile');
  return stage;
}

describe('what a model is asked', () => {
  it('without a prompt is the input, under a line that says what step this is', () => {
    const ask = askWorker(stageOf('{ name: final_report }'), scope, 'm', null);
    expect(ask).toMatchObject({ user: 'the work', system: expect.stringContaining('"final report"') });
  });

  it('by a prompt that speaks of nothing is about the input', () => {
    expect(askWorker(stageOf('{ name: a, prompt: Be brief. }'), scope, 'm', null).user).toBe('Be brief.\n\nthe work');
    expect(askWorker(stageOf('{ name: a, prompt: "On {{ inputs.input }}" }'), scope, 'm', null).user).toBe(
      'On the task',
    );
  });

  it('after a failed check has the critique and the last answer, once', () => {
    expect(askWorker(stageOf('{ name: a }'), scope, 'm', sentBack).user).toMatch(
      /too short\n\nYour last answer:\nHm\./,
    );
    expect(askWorker(stageOf('{ name: a, prompt: "Mend: {{ critique }}" }'), scope, 'm', sentBack).user).toBe(
      'Mend: too short',
    );
  });

  it('to verify has criteria, task and work', () => {
    const ask = askVerifier(stageOf('{ name: v, kind: verify, criteria: It is short. }'), scope, 'the task', 2);
    expect(ask.user).toBe('Check number 2.\n\nCriteria:\nIt is short.\n\nTask:\nthe task\n\nWork:\nthe work');
    expect(ask.form?.name).toBe('verdict');
  });
});
