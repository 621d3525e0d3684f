import { describe, expect, it } from '@jest/globals';
import { definitionOf } from '../../test/situation.js';
import { compile, problemsOf } from './compile.js';
import { readSource } from './read-source.js';

const needsOf = (yaml: string) => {
  const { pipeline, problems } = compile(definitionOf(yaml));
  if (pipeline === null) throw new Error(problems.map(({ message }) => message).join('; '));
  return Object.fromEntries(pipeline.stages.map(({ name, needs }) => [name, needs]));
};
const complaintsOf = (yaml: string) => {
  const { definition, problems } = readSource(yaml);
  return (definition === null ? problems : problemsOf(definition)).map(({ stage, message }) => ({ stage, message }));
};

const SEQUENCE = `
pipeline:
  stages:
    - name: summarization
      model: gpt-4o-mini
      timeout: 30s
      retry: 2
    - name: translation
      model: gpt-4o-mini
      timeout: 30s
      retry: 1
    - name: analysis
      model: claude-opus
      timeout: 60s
      retry: 2
    - name: verification
      model: gpt-4.1
      timeout: 30s
      retry: 1
`;
const PARALLEL = `
pipeline:
  parallel:
    - stage: text
      model: gemini-2.5-pro
      timeout: 30s
    - stage: image
      model: gemini-2.5-pro
      timeout: 30s
    - stage: audio
      model: gemini-2.5-pro
      timeout: 30s
    - stage: fusion
      model: claude-opus
      timeout: 60s
`;

describe('a definition', () => {
  it('of stages runs each after the one before', () => {
    expect(needsOf(SEQUENCE)).toEqual({
      summarization: [],
      translation: ['summarization'],
      analysis: ['translation'],
      verification: ['analysis'],
    });
    const { pipeline } = compile(definitionOf(SEQUENCE));
    expect(pipeline).toMatchObject({ output: 'verification', fallbackModel: 'auto' });
    expect(pipeline?.stages[2]).toMatchObject({ model: 'claude-opus', timeoutMs: 60_000, retry: 2, kind: 'llm' });
  });

  it('of parallel branches runs them together, and their fusion after all of them', () => {
    expect(needsOf(PARALLEL)).toEqual({ text: [], image: [], audio: [], fusion: ['text', 'image', 'audio'] });
    expect(compile(definitionOf(PARALLEL)).pipeline?.stages.at(-1)).toMatchObject({ name: 'fusion', kind: 'fuse' });
  });

  it('in the flow style of one line each runs as it stands', () => {
    const yaml = `
pipeline:
  stages:
    - { name: summarization, model: gpt-4o-mini, timeout: 30s, retry: 2 }
    - { name: analysis, model: claude-opus, timeout: 60s, retry: 2, input: "{{ stages.summarization.output }}" }
    - { name: verification, kind: verify, model: gpt-4.1, on_fail: { rerun: analysis, max: 3 } }
`;
    expect(needsOf(yaml)).toMatchObject({ analysis: ['summarization'], verification: ['analysis'] });
    expect(compile(definitionOf(yaml)).pipeline?.stages.at(-1)?.onFail).toEqual({
      rerun: 'analysis',
      max: 3,
      then: 'fail',
    });
  });

  it('may be JSON', () => {
    expect(needsOf(JSON.stringify({ pipeline: { stages: [{ name: 'a' }, { name: 'b' }] } }))).toEqual({
      a: [],
      b: ['a'],
    });
  });

  it('waits for what its templates speak of, and begins at once where it needs nothing', () => {
    const yaml = `
pipeline:
  stages:
    - { name: a }
    - { name: b, needs: [] }
    - { name: c, prompt: "{{ stages.a.output }} and {{ stages.b.output }}" }
`;
    expect(needsOf(yaml)).toEqual({ a: [], b: [], c: ['b', 'a'] });
  });

  it('may have branches in the middle of a sequence', () => {
    const yaml = `
pipeline:
  stages:
    - { name: a }
    - parallel: [{ name: b }, { name: c }]
    - { name: d }
`;
    expect(needsOf(yaml)).toEqual({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  });

  it('sends the work of a verification back to the stage before, three times, where it says nothing', () => {
    const { pipeline } = compile(definitionOf('pipeline: { stages: [{ name: a }, { name: v, kind: verify }] }'));
    expect(pipeline?.stages.at(-1)?.onFail).toEqual({ rerun: 'a', max: 3, then: 'fail' });
  });

  it.each([
    'auto',
    'single_model',
    'two_model_coordinator',
    'parallel_specialization',
    'dynamic_router',
    'custom_strategy',
  ])('of the strategy %s needs no pipeline of its own', (strategy) => {
    expect(complaintsOf(`strategy: ${strategy}`)).toEqual([]);
  });
});

describe('a definition that cannot run is refused before it does', () => {
  const stages = (list: string): string => `inputs: { document: {} }\npipeline: { stages: [${list}] }`;
  const cases: [string, string, string | null, RegExp][] = [
    ['a cycle', stages('{ name: a, needs: [b] }, { name: b }'), 'a', /waits for itself: a → b → a/],
    [
      'a cycle through a template',
      stages('{ name: a, prompt: "{{ stages.b.output }}" }, { name: b }'),
      'a',
      /waits for itself: a → b → a/,
    ],
    ['itself', stages('{ name: a, prompt: "{{ stages.a.output }}" }'), 'a', /refers to itself/],
    [
      'an unknown stage',
      stages('{ name: a, prompt: "{{ stages.z.output }}" }'),
      'a',
      /the stage "z", which is not there/,
    ],
    ['an undeclared input', stages('{ name: a, prompt: "{{ inputs.picture }}" }'), 'a', /needs the input "picture"/],
    [
      'an unknown word of a stage',
      stages('{ name: a }, { name: b, prompt: "{{ stages.a.ouput }}" }'),
      'b',
      /not "ouput"/,
    ],
    ['an unknown root', stages('{ name: a, prompt: "{{ secrets.key }}" }'), 'a', /refers to "secrets"/],
    ['an item outside a map', stages('{ name: a, prompt: "{{ item }}" }'), 'a', /refers to "item"/],
    ['a template that does not close', stages('{ name: a, prompt: "{{ inputs.document " }'), 'a', /is no template/],
    ['a file', stages(`{ name: a, prompt: "{% include 'x' %}" }`), 'a', /is no template/],
    ['an unknown need', stages('{ name: a, needs: [z] }'), 'a', /needs "z", which is not there/],
    ['a name twice', stages('{ name: a }, { name: a }'), 'a', /another stage of this name/],
    ['a reserved name', stages('{ name: fallback }'), 'fallback', /taken by the mesh/],
    [
      'a rerun of what comes after',
      stages('{ name: v, kind: verify, on_fail: { rerun: b } }, { name: b }'),
      'v',
      /cannot re-run "b"/,
    ],
    ['more than three reruns', stages('{ name: a }, { name: v, kind: verify, on_fail: { max: 4 } }'), 'v', /<=3/],
    [
      'a field of another kind',
      stages('{ name: a, threshold: 4 }'),
      'a',
      /"threshold" means nothing on a stage of kind llm/,
    ],
    ['a map of nothing', stages('{ name: a, kind: map }'), 'a', /needs "over"/],
    ['an unknown field', stages('{ name: a, modle: x }'), 'a', /modle/],
    ['a duration of no unit', stages('{ name: a, timeout: 30 }'), 'a', /string/],
    ['an output that is not there', `output: z\n${stages('{ name: a }')}`, null, /"z", which is not there/],
    ['no pipeline', 'name: empty', null, /has a pipeline/],
    [
      'stages and branches at once',
      'pipeline: { stages: [{ name: a }], parallel: [{ name: b }] }',
      null,
      /either stages or parallel/,
    ],
    ['no YAML', 'pipeline: [', null, /./],
  ];

  it.each(cases)('%s', (_what, yaml, stage, message) => {
    const complaints = complaintsOf(yaml);
    expect(complaints[0]).toMatchObject({ stage, message: expect.stringMatching(message) });
    if (stage !== null) expect(complaints[0]?.message).toContain(`stage "${stage}"`);
  });

  it('names everything that is wrong, not the first thing alone', () => {
    const yaml = stages('{ name: a, prompt: "{{ inputs.x }}" }, { name: b, prompt: "{{ stages.q.output }}" }');
    expect(complaintsOf(yaml).map(({ stage }) => stage)).toEqual(['a', 'b']);
  });
});
