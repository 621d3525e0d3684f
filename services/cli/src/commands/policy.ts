/** `skein policy …`: what operators do with routing policies and rollouts. The mesh checks, compares and keeps them. */
import Table from 'cli-table3';
import { Option, type Command } from 'commander';
import type { HttpMesh } from '../doors/http-mesh.js';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import type { Outcome } from '../outcome.js';
import {
  appliedReply,
  diffReply,
  lintReply,
  policiesReply,
  rolledBackReply,
  rolloutReply,
  rolloutsReply,
  shownReply,
  type LintReply,
  type RolloutReply,
} from '../policy-replies.js';
import { readReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

/** A file, `-` for standard input, or `preset:<name>`. */
const PRESET = 'preset:';

interface JsonOption extends TargetOptions {
  readonly json?: boolean;
}

export function addPolicyCommands(program: Command, terminal: Terminal, outcome: Outcome): void {
  const policy = program.command('policy').description('routing policies: check, compare, apply, roll back');
  const ask = <Reply>(options: TargetOptions, use: (mesh: HttpMesh) => Promise<Reply>): Promise<Reply> =>
    withMesh(httpTarget(options, terminal), use);
  const command = (name: string, description: string): Command =>
    withTarget(policy.command(name)).description(description);

  command('lint', 'check a policy: names, rules nobody reaches, chains that cannot be')
    .argument('<file>', 'YAML or JSON; - for standard input')
    .option('--json', 'print the mesh’s own answer')
    .action(async (file: string, options: JsonOption) => {
      const text = await readInput(file, terminal);
      const found = await ask(options, async (mesh) =>
        readReply(lintReply, (await mesh.post('/v1/policies/lint', { text })).body, 'The check'),
      );
      terminal.out(options.json === true ? asJson(found) : renderProblems(found));
      if (found.revision === null) outcome.exitCode = 1;
    });

  command('diff', 'what a policy would change, or how two revisions differ')
    .argument('<file>', 'a file, - for standard input, preset:<name>, or a revision')
    .option('--from <revision>', 'compare with this revision', 'current')
    .option('--json', 'print the mesh’s own answer')
    .action(async (file: string, { from, ...options }: JsonOption & { from: string }) => {
      const asked = await writtenOr('to', file, terminal);
      const { body } = await ask(options, (mesh) =>
        mesh.post(`/v1/policies/diff?from=${encodeURIComponent(from)}`, asked),
      );
      const diff = readReply(diffReply, body, 'The comparison');
      if (options.json === true) {
        terminal.out(asJson(diff));
        return;
      }
      const lines = diff.changes.flatMap(({ path, before, after }) => [
        ...(before === null ? [] : [`- ${path}: ${before}`]),
        ...(after === null ? [] : [`+ ${path}: ${after}`]),
      ]);
      terminal.out(
        `${[`${diff.from} → ${diff.to}`, ...(lines.length === 0 ? ['no difference'] : lines)].join('\n')}\n`,
      );
    });

  command('apply', 'put a policy in force on all routers at once')
    .argument('<file>', 'a file, - for standard input, or preset:<name>')
    .option('--note <text>', 'why, for the history')
    .action(async (file: string, { note, ...options }: TargetOptions & { note?: string }) => {
      const asked = file.startsWith(PRESET)
        ? { preset: file.slice(PRESET.length) }
        : { text: await readInput(file, terminal) };
      const { body } = await ask(options, (mesh) =>
        mesh.post('/v1/policies', { ...asked, ...(note !== undefined && { note }) }),
      );
      const { revision, previous, problems } = readReply(appliedReply, body, 'The answer');
      for (const { path, message } of problems) terminal.err(`warning: ${path === '' ? '' : `${path}: `}${message}\n`);
      terminal.out(
        `${revision} is in force${previous === null || previous === revision ? '' : `; before it ${previous}`}\n`,
      );
    });

  command('rollback', 'put the revision before, or the one named, back in force')
    .argument('[revision]', 'a revision, or the beginning of one')
    .action(async (revision: string | undefined, options: TargetOptions) => {
      const { body } = await ask(options, (mesh) =>
        mesh.post('/v1/policies/rollback', revision === undefined ? {} : { to: revision }),
      );
      const back = readReply(rolledBackReply, body, 'The answer');
      terminal.out(
        `${back.revision} is in force again${back.previous === null ? '' : `; before it ${back.previous}`}\n`,
      );
    });

  command('list', 'revisions that were in force, with who and when, and the presets').action(
    async (options: TargetOptions) => {
      const { current, versions, presets } = await ask(options, async (mesh) =>
        readReply(policiesReply, await mesh.get('/v1/policies'), 'The list'),
      );
      const table = newTable(['', 'revision', 'since', 'by', 'note']);
      versions.forEach(({ revision, at, by, note }, index) => {
        const isCurrent = revision === current && versions.findIndex((other) => other.revision === current) === index;
        table.push([isCurrent ? '*' : '', revision, at ?? '–', by, note ?? '']);
      });
      const lines = presets.map(({ name, about }) => `preset:${name} – ${about}`);
      terminal.out(`${table.toString()}\n\n${lines.join('\n')}\n`);
    },
  );

  command('show', 'print a policy as YAML, every default written out')
    .argument('[revision]', 'current, a revision, or preset:<name>', 'current')
    .option('--json', 'print the mesh’s own answer')
    .action(async (revision: string, options: JsonOption) => {
      const shown = await ask(options, async (mesh) =>
        readReply(shownReply, await mesh.get(`/v1/policies/${encodeURIComponent(revision)}`), 'The policy'),
      );
      terminal.out(options.json === true ? asJson(shown) : shown.yaml);
    });

  command('schema', 'print the JSON Schema of a policy, for editors').action(async (options: TargetOptions) => {
    terminal.out(asJson(await ask(options, (mesh) => mesh.get('/v1/policies/schema'))));
  });

  command('rollouts', 'where the rollouts of the policy in force stand').action(async (options: TargetOptions) => {
    const { rollouts } = await ask(options, async (mesh) =>
      readReply(rolloutsReply, await mesh.get('/v1/policies/rollouts'), 'The rollouts'),
    );
    terminal.out(rollouts.length === 0 ? 'no rollouts\n' : renderRollouts(rollouts));
  });

  command('rollout', 'move a rollout by hand: off at once, to its next step, or to its first')
    .argument('<name>')
    .addOption(
      new Option('--do <action>', 'what to do').choices(['rollback', 'advance', 'restart']).makeOptionMandatory(),
    )
    .action(async (name: string, { do: action, ...options }: TargetOptions & { do: string }) => {
      const { body } = await ask(options, (mesh) =>
        mesh.post(`/v1/policies/rollouts/${encodeURIComponent(name)}`, { action }),
      );
      terminal.out(renderRollouts([readReply(rolloutReply, body, 'The rollout')]));
    });
}

/** A written policy as `text`; a revision or preset under the name that is given. */
async function writtenOr(name: 'to', file: string, terminal: Terminal): Promise<Record<string, string>> {
  if (file.startsWith(PRESET)) return { [name]: file };
  try {
    return { text: await readInput(file, terminal) };
  } catch (cause) {
    // No such file: it may be the name of a revision.
    if (cause instanceof CommandFailure && !/[./\\]/.test(file)) return { [name]: file };
    throw cause;
  }
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function newTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}

function renderProblems({ revision, problems }: LintReply): string {
  const lines = problems.map(
    ({ severity, path, message }) => `${severity}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  lines.push(revision === null ? 'this policy cannot be used' : `this policy can be used; it would be ${revision}`);
  return `${lines.join('\n')}\n`;
}

function renderRollouts(rollouts: readonly RolloutReply[]): string {
  const table = newTable([
    'rollout',
    'kind',
    'state',
    '%',
    'since',
    'model',
    'attempts',
    'errors',
    'mean ms',
    'mean USD',
    'why',
  ]);
  for (const { name, kind, state, percent, since, reason, arms, baseline } of rollouts) {
    [...arms, ...(baseline === null ? [] : [baseline])].forEach((arm, index) => {
      const head = index === 0 ? [name, kind, state, percent, since ?? '–'] : ['', '', '', '', ''];
      const mean = arm.mean_ms === null ? '–' : Math.round(arm.mean_ms);
      table.push([
        ...head,
        arm.model,
        arm.attempts,
        arm.errors,
        mean,
        arm.mean_cost_usd ?? '–',
        index === 0 ? (reason ?? '') : '',
      ]);
    });
  }
  return `${table.toString()}\n`;
}
