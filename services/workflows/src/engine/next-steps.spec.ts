import { describe, expect, it } from '@jest/globals';
import { PaperRun, definitionOf } from '../../test/situation.js';

const run = (yaml: string, inputs?: Record<string, unknown>) => new PaperRun(definitionOf(yaml), inputs);
const stages = (list: string): string => `fallback: none\npipeline: { stages: [${list}] }`;

describe('a sequence', () => {
  it('begins a stage when the one before has ended, and ends with the last', () => {
    const paper = run(stages('{ name: a }, { name: b }'));
    expect(paper.begin()).toEqual(['a']);
    expect(paper.begin()).toEqual([]);
    paper.succeed('a');
    expect(paper.begin()).toEqual(['b']);
    expect(paper.succeed('b', { output: 'the end' }).next.end).toMatchObject({ as: 'succeeded', output: 'the end' });
  });

  it('says the same when asked again: nothing finished is begun twice', () => {
    const paper = run(stages('{ name: a }, { name: b }'));
    paper.begin();
    paper.succeed('a');
    expect(paper.next).toEqual(paper.next);
    expect(paper.begin()).toEqual(['b']);
    paper.lose('b');
    paper.now += 60_000;
    expect(paper.begin()).toEqual(['b']);
    expect(paper.records.filter(({ stage }) => stage === 'a')).toHaveLength(1);
  });
});

describe('a step that fails', () => {
  it('is tried again as often as its stage says, at growing distances', () => {
    const paper = run(stages('{ name: a, retry: 2 }'));
    paper.begin();
    paper.fail('a');
    const first = (paper.next.wakeAt ?? 0) - paper.now;
    expect(first).toBeGreaterThan(0);
    expect(paper.begin()).toEqual([]);
    paper.now += first;
    expect(paper.begin()).toEqual(['a']);
    paper.fail('a');
    const second = (paper.next.wakeAt ?? 0) - paper.now;
    expect(second).toBeGreaterThan(first);
    paper.now += second;
    paper.begin();
    expect(paper.fail('a').next.end).toMatchObject({
      as: 'failed',
      error: { message: 'stage "a": vendor_failed it was' },
    });
  });

  it('is not tried again where the same request would fail wherever it is sent', () => {
    const paper = run(stages('{ name: a, retry: 5 }'));
    paper.begin();
    expect(paper.fail('a', 'no_admissible_model').next.end).toMatchObject({
      as: 'failed',
      error: { code: 'no_admissible_model' },
    });
  });

  it('is passed over where it is optional, with a word', () => {
    const paper = run(stages('{ name: a, optional: true, retry: 0 }, { name: b }'));
    paper.begin();
    paper.fail('a');
    expect(paper.begin()).toEqual(['b']);
    expect(paper.succeed('b').next.end).toMatchObject({
      as: 'succeeded',
      notices: [expect.stringContaining('stage "a"')],
    });
  });

  it('that our own rooms broke off uses up no retry', () => {
    const paper = run(stages('{ name: a, retry: 0 }'));
    for (let turn = 0; turn < 5; turn += 1) {
      expect(paper.begin()).toEqual(['a']);
      paper.lose('a');
      paper.now = paper.next.wakeAt ?? 0;
    }
    paper.begin();
    expect(paper.succeed('a').next.end?.as).toBe('succeeded');
  });
});

describe('a check', () => {
  const LAYERED = stages(
    '{ name: reason }, { name: execute }, { name: check, kind: verify, on_fail: { rerun: execute, max: 3 } }',
  );
  const round = (paper: PaperRun, pass: boolean) => {
    expect(paper.begin()).toEqual(['execute']);
    paper.succeed('execute');
    expect(paper.begin()).toEqual(['check']);
    paper.succeed('check', { pass, critique: 'too short', output: 'checked' });
  };

  it('that fails has the stage before run again, and only that', () => {
    const paper = run(LAYERED);
    paper.begin();
    paper.succeed('reason');
    round(paper, false);
    round(paper, false);
    round(paper, true);
    expect(paper.next.end).toMatchObject({ as: 'succeeded', output: 'checked' });
    expect(paper.records.map(({ stage }) => stage)).toEqual(['reason', ...Array(3).fill(['execute', 'check']).flat()]);
  });

  it('that never passes fails its stage after three re-runs, by name', () => {
    const paper = run(LAYERED);
    paper.begin();
    paper.succeed('reason');
    for (let turn = 0; turn < 4; turn += 1) round(paper, false);
    expect(paper.begin()).toEqual([]);
    expect(paper.next.end).toMatchObject({
      as: 'failed',
      error: {
        code: 'check_failed',
        message: 'stage "check": the check did not pass after execute was re-run 3 times: too short',
      },
    });
  });

  it('may let the last work through, and says so', () => {
    const paper = run(stages('{ name: a }, { name: c, kind: verify, on_fail: { max: 0, then: accept } }'));
    paper.begin();
    paper.succeed('a');
    paper.begin();
    paper.succeed('c', { pass: false, critique: 'no', output: 'the work' });
    expect(paper.next.end).toMatchObject({
      as: 'succeeded',
      output: 'the work',
      notices: [expect.stringContaining('stage "c"')],
    });
  });

  it('in the middle has everything between run again', () => {
    const paper = run(
      stages('{ name: a }, { name: b }, { name: c, kind: verify, on_fail: { rerun: a, max: 1 } }, { name: d }'),
    );
    for (const name of ['a', 'b']) {
      paper.begin();
      paper.succeed(name);
    }
    paper.begin();
    paper.succeed('c', { pass: false });
    expect(paper.begin()).toEqual(['a']);
    paper.succeed('a');
    expect(paper.begin()).toEqual(['b']);
  });
});

describe('when coordination fails as a whole', () => {
  const yaml = 'fallback: { model: single }\npipeline: { stages: [{ name: a, retry: 0 }, { name: b }] }';

  it('the one model of the fallback answers, and that is said', () => {
    const paper = run(yaml);
    paper.begin();
    paper.fail('a');
    expect(paper.begin()).toEqual(['fallback']);
    expect(paper.succeed('fallback', { output: 'alone' }).next.end).toMatchObject({
      as: 'succeeded',
      output: 'alone',
      degraded: true,
      notices: [expect.stringMatching(/single answered alone: stage "a"/)],
    });
  });

  it('and the fallback fails too, both are named', () => {
    const paper = run(yaml);
    paper.begin();
    paper.fail('a');
    paper.begin();
    paper.fail('fallback', 'no_admissible_model');
    expect(paper.next.end).toMatchObject({
      as: 'failed',
      error: { message: expect.stringMatching(/stage "a".*fallback failed too/) },
    });
  });

  it('by a guard, nothing goes round it', () => {
    const paper = run('pipeline: { stages: [{ name: g, kind: guard, filters: { deny: [x] } }, { name: b }] }');
    paper.begin();
    paper.succeed('g', { pass: false, critique: 'x' });
    expect(paper.next.end).toMatchObject({
      as: 'failed',
      error: { code: 'content_refused', message: expect.stringContaining('stage "g"') },
    });
  });
});

describe('the bounds of a run', () => {
  it('its budget stops it before the stage it cannot pay, by name, and is shared over what runs', () => {
    const paper = run(stages('{ name: a }, { name: b }'));
    paper.budgetNano = 100;
    expect(paper.next.start).toMatchObject([{ stage: 'a', budgetNano: 100 }]);
    paper.begin();
    paper.succeed('a', {}, 100);
    expect(paper.begin()).toEqual([]);
    expect(paper.next.end).toMatchObject({
      as: 'failed',
      error: { code: 'budget_exceeded', message: expect.stringContaining('stage "b"') },
    });
  });

  it('what costs nothing runs without a budget', () => {
    const paper = run(stages('{ name: t, kind: transform, steps: [trim] }'));
    paper.budgetNano = 0;
    expect(paper.begin()).toEqual(['t']);
  });

  it('its budget is shared over branches that run side by side', () => {
    const paper = run('pipeline: { parallel: [{ name: a }, { name: b }] }');
    paper.budgetNano = 100;
    expect(paper.next.start.map(({ budgetNano }) => budgetNano)).toEqual([50, 50]);
  });

  it('its deadline ends it, naming what had not ended, and stops what is under way', () => {
    const paper = run(stages('{ name: a }, { name: b }'));
    paper.deadlineAt = 5_000;
    paper.begin();
    expect(paper.next.wakeAt).toBe(5_000);
    paper.now = 5_000;
    expect(paper.next).toMatchObject({
      stop: [{ stage: 'a' }],
      end: { as: 'expired', error: { message: expect.stringContaining('"a", "b"') } },
    });
  });

  it('a cancel stops what is under way', () => {
    const paper = run(stages('{ name: a }'));
    paper.begin();
    paper.isCancelled = true;
    expect(paper.next).toMatchObject({ stop: [{ stage: 'a' }], end: { as: 'cancelled' } });
  });
});

describe('a condition', () => {
  it('that is false passes its stage over, and its input goes on', () => {
    const paper = run(
      'inputs: { input: {}, long: { type: boolean } }\npipeline: { stages: [{ name: a, when: inputs.long }, { name: b }] }',
      {
        input: 'x',
        long: false,
      },
    );
    expect(paper.begin()).toEqual(['b']);
  });
});

describe('a map', () => {
  const yaml =
    'inputs: { docs: { type: list } }\nfallback: none\npipeline: { stages: [{ name: m, kind: map, over: inputs.docs, width: 2, retry: 0, prompt: "{{ item }}" }] }';
  const docs = { docs: ['one', 'two', 'three'], input: null };

  it('runs over its list, never wider than it may, and keeps the order', () => {
    const paper = run(yaml, docs);
    expect(paper.begin()).toEqual(['m[0]', 'm[1]']);
    expect(paper.begin()).toEqual([]);
    paper.succeed('m[1]', { output: 'B' });
    expect(paper.begin()).toEqual(['m[2]']);
    paper.succeed('m[2]', { output: 'C' }).succeed('m[0]', { output: 'A' });
    expect(paper.next.end).toMatchObject({ as: 'succeeded', output: ['A', 'B', 'C'] });
  });

  it('that fails in one item stops the others and names it', () => {
    const paper = run(yaml, docs);
    paper.begin();
    paper.fail('m[0]', 'invalid_request');
    expect(paper.next.stop).toMatchObject([{ part: '[1]' }]);
    paper.begin();
    expect(paper.next.end).toMatchObject({
      as: 'failed',
      error: { message: expect.stringContaining('stage "m": [0]') },
    });
  });

  it('over nothing is done at once', () => {
    expect(run(yaml, { docs: [], input: null }).next.end).toMatchObject({ as: 'succeeded', output: [] });
  });

  it('over what is no list fails by name', () => {
    expect(run(yaml, { docs: 'words', input: null }).next.end).toMatchObject({
      as: 'failed',
      error: { message: expect.stringContaining('stage "m"') },
    });
  });
});

describe('a race', () => {
  it('is won by the first to answer; the others are stopped', () => {
    const paper = run(stages('{ name: r, kind: race, models: [x, y] }'));
    expect(paper.begin()).toEqual(['r@0', 'r@1']);
    paper.succeed('r@1', { output: 'fast' });
    expect(paper.next.stop).toMatchObject([{ part: '@0' }]);
    paper.begin();
    expect(paper.next.end).toMatchObject({ as: 'succeeded', output: 'fast' });
  });

  it('goes on while one is left', () => {
    const paper = run(stages('{ name: r, kind: race, retry: 0, models: [x, y] }'));
    paper.begin();
    paper.fail('r@0');
    expect(paper.next.end).toBeNull();
    paper.fail('r@1');
    expect(paper.next.end).toMatchObject({ as: 'failed' });
  });
});

describe('best of n', () => {
  it('has every candidate answer, and a judge choose', () => {
    const paper = run(stages('{ name: b, kind: best_of, n: 2, judge: j }'));
    expect(paper.begin()).toEqual(['b@0', 'b@1']);
    paper.succeed('b@0', { output: 'A' }).succeed('b@1', { output: 'B' });
    expect(paper.begin()).toEqual(['b@judge']);
    expect(paper.succeed('b@judge', { best: 1 }).next.end).toMatchObject({ output: 'B' });
  });

  it('needs no judge where one candidate is left', () => {
    const paper = run(stages('{ name: b, kind: best_of, n: 2, retry: 0 }'));
    paper.begin();
    paper.fail('b@0').succeed('b@1', { output: 'B' });
    expect(paper.next.end).toMatchObject({ output: 'B' });
  });
});

describe('a plan', () => {
  it('runs each task when those it needs are done', () => {
    const paper = run(stages('{ name: p, kind: plan }'));
    expect(paper.begin()).toEqual(['p']);
    const task = (id: string, needs: string[]) => ({ id, prompt: id, needs, model: null });
    paper.succeed('p', { tasks: [task('x', []), task('y', []), task('z', ['x', 'y'])] });
    expect(paper.begin()).toEqual(['p/x', 'p/y']);
    paper.succeed('p/x');
    expect(paper.begin()).toEqual([]);
    paper.succeed('p/y');
    expect(paper.begin()).toEqual(['p/z']);
    expect(paper.succeed('p/z').next.end).toMatchObject({ output: { x: 'p/x done', y: 'p/y done', z: 'p/z done' } });
  });
});

describe('agents', () => {
  const yaml = stages('{ name: t, kind: agents, max_turns: 3, agents: [{ name: a, role: r }, { name: b, role: r }] }');

  it('take turns until one says that the work is done', () => {
    const paper = run(yaml);
    expect(paper.begin()).toEqual(['t~1']);
    paper.succeed('t~1', { next: 'b' });
    expect(paper.begin()).toEqual(['t~2']);
    expect(paper.succeed('t~2', { next: null, output: 'done' }).next.end).toMatchObject({
      as: 'succeeded',
      output: 'done',
    });
  });

  it('stop when their turns are used up, with a word', () => {
    const paper = run(yaml);
    for (const turn of [1, 2, 3]) {
      paper.begin();
      paper.succeed(`t~${turn}`, { next: 'a', output: `turn ${turn}` });
    }
    expect(paper.next.end).toMatchObject({
      as: 'succeeded',
      output: 'turn 3',
      notices: [expect.stringContaining('3 turns')],
    });
  });
});
