import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PaperRun } from '../../test/situation.js';

/** Any pipeline without a cycle: each stage needs some of those before it. */
const pipelines = fc
  .array(fc.record({ needs: fc.array(fc.nat(9), { maxLength: 3 }), isOptional: fc.boolean(), checks: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) =>
    list.map(({ needs, isOptional, checks }, index) => ({
      name: `s${index}`,
      needs: [...new Set(needs.filter((need) => need < index).map((need) => `s${need}`))],
      ...(checks && needs.some((need) => need < index)
        ? { kind: 'verify' as const, on_fail: { max: 2, then: 'accept' as const } }
        : { optional: isOptional }),
      retry: 1,
    })),
  );
const fates = fc.infiniteStream(
  fc.record({ pick: fc.nat(50), fate: fc.constantFrom('succeed', 'succeed', 'fail', 'lose', 'reject') }),
);

describe('nextSteps, whatever the pipeline and whatever happens', () => {
  it('ends, begins nothing twice, nothing before its needs, and nothing after a success of the same round', () => {
    fc.assert(
      fc.property(pipelines, fates, (stages, fate) => {
        const paper = new PaperRun({ fallback: 'none', pipeline: { stages } });
        for (let turn = 0; turn < 2_000; turn += 1) {
          const before = paper.next;
          if (before.end !== null) {
            expect(before.start).toEqual([]);
            return;
          }
          for (const step of before.start) {
            const twins = paper.records.filter(
              ({ stage, part, round }) => stage === step.stage && part === step.part && round === step.round,
            );
            expect(
              twins.some((twin) => twin.try === step.try || twin.status === 'succeeded' || twin.status === 'running'),
            ).toBe(false);
            const stage = stages.find(({ name }) => name === step.stage);
            for (const need of stage?.needs ?? []) {
              const isOver = paper.records.some((record) => record.stage === need && record.status !== 'running');
              expect(isOver).toBe(true);
            }
          }
          paper.begin();
          const running = paper.records.filter(({ status }) => status === 'running');
          if (running.length === 0) {
            // Nothing under way and no end: there must be a moment to wait for.
            expect(paper.next.wakeAt).not.toBeNull();
            paper.now = Math.max(paper.now, paper.next.wakeAt ?? 0);
            continue;
          }
          const { pick, fate: what } = fate.next().value;
          const chosen = running[pick % running.length]?.stage ?? '';
          if (what === 'fail') paper.fail(chosen);
          else if (what === 'lose') paper.lose(chosen);
          else paper.succeed(chosen, { pass: what !== 'reject', critique: 'again' });
        }
        throw new Error('the run did not end');
      }),
      { numRuns: 150 },
    );
  });
});
