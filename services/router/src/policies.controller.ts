import { Controller, Inject } from '@nestjs/common';
import { Serves } from '@skein/bus';
import { catalog } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import {
  ApplyPolicy,
  DiffPolicy,
  LintPolicy,
  ListPolicies,
  ListRollouts,
  PolicySchema,
  RollBackPolicy,
  ShowPolicy,
  SteerRollout,
  type PolicyProblem,
  type PolicyRevision,
} from '@skein/contracts/router';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { diffPolicies } from './diff-policy.js';
import { lintText } from './lint-policy.js';
import { keepPins } from './operators-catalog.js';
import { findVersion } from './policy-shelf.js';
import { policyJsonSchema } from './policy-schema.js';
import { presetNames, presets } from './presets.js';
import { describeProblems } from './read-policy.js';
import { RouterViews } from './router-views.js';

/** What operators do with policies and rollouts; any router can do it for all. */
@Controller()
export class PoliciesController {
  readonly #views: RouterViews;

  constructor(@Inject(RouterViews) views: RouterViews) {
    this.#views = views;
  }

  @Serves(LintPolicy)
  lint({ text }: z.infer<typeof LintPolicy.request>) {
    const { revision, problems } = lintText(text, catalog);
    return { revision: revision?.revision ?? null, problems: [...problems] };
  }

  @Serves(DiffPolicy)
  diff({ from, to, text }: z.infer<typeof DiffPolicy.request>) {
    const before = this.#find(from);
    const after = text === null ? this.#find(to ?? 'current') : readOrThrow(text);
    return { from: before.revision, to: after.revision, changes: diffPolicies(before.policy, after.policy) };
  }

  @Serves(ApplyPolicy)
  async apply({ text, preset, by, note }: z.infer<typeof ApplyPolicy.request>) {
    const revision =
      text !== null
        ? readOrThrow(text)
        : keepPins(this.#find(preset === null ? 'current' : `preset:${preset}`), catalog);
    return this.#enforce(revision, by, note);
  }

  @Serves(RollBackPolicy)
  async rollBack({ to, by }: z.infer<typeof RollBackPolicy.request>) {
    const { current, versions } = this.#views.policy;
    const before = to ?? versions.find(({ revision }) => revision !== current?.revision)?.revision;
    if (before === undefined)
      throw new SkeinError('not_found', 'There is no earlier policy to go back to', { param: 'to' });
    const { revision, previous } = await this.#enforce(
      this.#find(before),
      by,
      `back from ${current?.revision ?? 'none'}`,
    );
    return { revision, previous };
  }

  @Serves(ListPolicies)
  list() {
    const { current, versions } = this.#views.policy;
    return {
      current: current?.revision ?? null,
      versions: versions.map(({ revision, name, at, by, note }) => ({ revision, name, at, by, note })),
      presets: presetNames.map((name) => ({ name, about: presets[name].about })),
    };
  }

  @Serves(ShowPolicy)
  show({ revision: reference }: z.infer<typeof ShowPolicy.request>) {
    const { policy, ...version } = this.#find(reference);
    return { version, policy, yaml: stringify(policy) };
  }

  @Serves(PolicySchema)
  schema() {
    return { schema: policyJsonSchema() };
  }

  @Serves(ListRollouts)
  rollouts() {
    return { rollouts: this.#views.rollouts.reports(Date.now()) };
  }

  @Serves(SteerRollout)
  async steer({ name, action, by }: z.infer<typeof SteerRollout.request>) {
    return { rollout: await this.#views.rollouts.steer(name, action, by, Date.now()) };
  }

  #find(reference: string) {
    const { current, versions } = this.#views.policy;
    return findVersion(versions, current, reference);
  }

  async #enforce({ revision, policy }: PolicyRevision, by: string, note: string | null) {
    const previous = this.#views.policy.current?.revision ?? null;
    const problems = await this.#views.policy.apply({ revision, policy }, { by, note }, Date.now());
    refuseErrors(problems);
    return { revision, previous, problems: [...problems] };
  }
}

function readOrThrow(text: string): PolicyRevision {
  const { revision, problems } = lintText(text, catalog);
  if (revision === null) refuseErrors(problems);
  if (revision === null) throw new SkeinError('invalid_request', 'This is no policy', { param: 'policy' });
  return revision;
}

/** Throws `invalid_request`, naming the first error as its param and all of them in its message. */
function refuseErrors(problems: readonly PolicyProblem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new SkeinError('invalid_request', `The policy cannot be used: ${describeProblems(errors).join('; ')}`, {
    param: first.path === '' ? 'policy' : first.path,
    detail: { problems: errors },
  });
}
