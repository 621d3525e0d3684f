import { describe, expect, it } from '@jest/globals';
import { PaperRun, definitionOf } from '../../test/situation.js';
import { scopeOf } from '../engine/scope.js';
import { DegradedNews } from './degraded-news.js';
import { doStep, type StepWork } from './do-step.js';

const checked = definitionOf(`
fallback: none
pipeline:
  stages:
    - { name: draft }
    - { name: check, kind: verify, model: a/m, on_fail: { rerun: draft, max: 1 } }
`);

/** The check's step over a draft; `asked` says how often a model was asked. */
function checkOf(news: DegradedNews, now: number): { work: StepWork; asked: string[] } {
  const { situation } = new PaperRun(checked);
  const stage = situation.pipeline.stages.find(({ name }) => name === 'check');
  if (stage === undefined) throw new Error('it has a check');
  const asked: string[] = [];
  const unused = () => Promise.reject(new Error('a check has no business with this'));
  const work: StepWork = {
    key: { stage: 'check', part: '', round: 0, try: 1 },
    stage,
    scope: scopeOf(new Map(), situation, 'the draft', null),
    situation,
    ask: (ask) => {
      asked.push(ask.model);
      return Promise.resolve('{"pass": false, "critique": "too short"}');
    },
    isShed: () => news.isShed('verification', now),
    embed: unused,
    retrieve: unused,
    callHttp: unused,
  };
  return { work, asked };
}

describe('a check by a model', () => {
  it('is left out while conductors say that verification is shed, and the run says so', async () => {
    const news = new DegradedNews();
    news.hear(['hedging', 'semantic_cache', 'llm_classification', 'verification'], 0);
    const { work, asked } = checkOf(news, 1_000);
    expect(await doStep(work)).toEqual({
      output: 'the draft',
      pass: true,
      notice: 'stage "check": the mesh is degraded; this went on without verification',
    });
    expect(asked).toEqual([]);
  });

  it.each<[string, (news: DegradedNews) => void]>([
    ['nobody has said anything', () => undefined],
    ['only other things are shed', (news) => news.hear(['hedging'], 0)],
    ['there is room again', (news) => (news.hear(['verification'], 0), news.hear([], 500))],
    ['what was said is old', (news) => news.hear(['verification'], -10_000)],
  ])('is made while %s', async (_when, say) => {
    const news = new DegradedNews();
    say(news);
    const { work, asked } = checkOf(news, 1_000);
    expect(await doStep(work)).toMatchObject({ output: 'the draft', pass: false, critique: 'too short' });
    expect(asked).toEqual(['a/m']);
  });
});
