import { describe, expect, it } from '@jest/globals';
import { definitionOf } from '../../test/situation.js';
import { compile } from './compile.js';
import { ownInput, readInputs } from './inputs.js';

const read = (yaml: string, request: Parameters<typeof readInputs>[2]) => {
  const definition = definitionOf(yaml);
  const { pipeline } = compile(definition);
  if (pipeline === null) throw new Error('it does not compile');
  return readInputs(definition, pipeline, request);
};
const PIPELINE = 'pipeline: { stages: [{ name: first }, { name: second, prompt: "{{ inputs.question }}" }] }';
const DECLARED = `inputs: { document: {}, question: {}, depth: { type: number, default: 2 } }\n${PIPELINE}`;

describe('the inputs of a run', () => {
  it('get their defaults', () => {
    expect(read(DECLARED, { inputs: { document: 'd', question: 'q' } })).toMatchObject({
      document: 'd',
      question: 'q',
      depth: 2,
    });
  });

  it('that are missing are named, and the stage that needs them', () => {
    expect(() => read(DECLARED, { inputs: { document: 'd' } })).toThrow(
      'The input "question" is missing; stage "second" needs it',
    );
  });

  it.each([
    [{ inputs: { document: 'd', question: 'q', depth: 'deep' } }, 'The input "depth" must be a number'],
    [{ inputs: { document: 'd', question: 'q', extra: 1 } }, 'no input "extra"'],
    [{ inputs: { document: ['d'], question: 'q' } }, 'The input "document" must be text'],
  ])('that do not fit are refused: %j', (request, message) => {
    expect(() => read(DECLARED, request)).toThrow(message);
  });

  it('without a name are meant for the one text that has none yet', () => {
    expect(read(DECLARED, { input: 'said', inputs: { document: 'd' } })).toMatchObject({ question: 'said' });
  });

  it('of a workflow that declares none are the one input', () => {
    const yaml = 'pipeline: { stages: [{ name: a }] }';
    expect(read(yaml, { input: 'said' })).toEqual({ input: 'said' });
    expect(() => read(yaml, {})).toThrow('stage "a" needs it');
  });

  it('are read together by a stage that has no template', () => {
    const definition = definitionOf(DECLARED);
    expect(ownInput({ document: 'd', question: 'q', depth: 2, input: null }, definition)).toBe(
      'document:\nd\n\nquestion:\nq\n\ndepth:\n2',
    );
  });
});
