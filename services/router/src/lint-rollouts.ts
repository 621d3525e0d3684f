import type { CompiledPolicy, CompiledRollout } from './compile-policy.js';
import type { Say } from './say.js';

/** What is wrong with a policy's rollouts, or will never happen. */
export function lintRollouts(compiled: CompiledPolicy, say: Say): void {
  const names = new Set<string>();
  const leads = leadersOf(compiled);
  compiled.rollouts.forEach((one, index) => {
    const path = `rollouts.${index}`;
    const { rollout } = one;
    if (names.has(rollout.name)) say('error', `${path}.name`, `two rollouts are called "${rollout.name}"`);
    names.add(rollout.name);
    lintShares(one, path, say);
    for (const { deployment } of one.arms.values()) {
      if (one.of?.has(deployment.id) === true) say('error', path, `replaces ${deployment.id} by itself`);
    }
    if (one.of !== null && ![...one.of].some((id) => leads.has(id)))
      say('warning', `${path}.of`, 'no list, alias or pool has it, so it never comes first where it may be replaced');
  });
}

function lintShares({ rollout }: CompiledRollout, path: string, say: Say): void {
  if (rollout.kind === 'ab') {
    const total = rollout.arms.reduce((sum, { percent }) => sum + percent, 0);
    if (total > 100) say('error', `${path}.arms`, `the arms take ${total} % of the traffic`);
    if (new Set(rollout.arms.map(({ name }) => name)).size < rollout.arms.length)
      say('error', `${path}.arms`, 'two arms have the same name');
    return;
  }
  if (rollout.kind === 'canary' && rollout.steps.some((step, index) => step <= (rollout.steps[index - 1] ?? -1)))
    say('error', `${path}.steps`, 'must rise');
}

/** Ids of models that a list could put first for some strategy. */
function leadersOf({ defaults, byTask, byTier, aliases, bindings, preferences }: CompiledPolicy): ReadonlySet<string> {
  const lists = [
    defaults.contenders,
    ...[...byTask.values(), ...byTier.values()].map(({ contenders }) => contenders),
    ...aliases.values(),
    ...bindings.map(({ contenders }) => contenders),
    ...preferences.map(({ contenders }) => contenders),
  ];
  return new Set(lists.flat().map(({ deployment }) => deployment.id));
}
