import Table from 'cli-table3';
import type { Command } from 'commander';
import { z } from 'zod';
import type { HttpMesh } from '../doors/http-mesh.js';
import type { Terminal } from '../environment.js';
import { readInput } from '../input.js';
import type { Outcome } from '../outcome.js';
import { readPrompts, type Prompt } from '../prompts.js';
import { explainReply, readReply, type ExplainReply, type FeaturesReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

/** As many as one call takes. */
const CALL_SIZE = 1_000;

interface ExplainOptions extends TargetOptions {
  readonly model: string;
  readonly json?: boolean;
}

export function addExplainCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const command = program
    .command('explain')
    .description('show where requests would go and why, without running them')
    .argument('<file>', 'a request, an array, JSON lines or plain text, a prompt a line; - for standard input')
    .option('--model <model>', 'model of prompts that name none', 'auto')
    .option('--json', 'print the mesh’s own answer, one array');
  withTarget(command).action(async (file: string, options: ExplainOptions) => {
    const prompts = readPrompts(await readInput(file, terminal), options.model);
    const plans = await withMesh(httpTarget(options, terminal), (mesh) => explainAll(mesh, prompts));
    if (options.json === true) terminal.out(`${JSON.stringify(plans, null, 2)}\n`);
    else terminal.out(prompts.length === 1 ? plans.map(renderPlan).join('') : renderOverview(prompts, plans));
    if (plans.some(({ error }) => error)) outcome.exitCode = 1;
  });
}

async function explainAll(mesh: HttpMesh, prompts: readonly Prompt[]): Promise<ExplainReply[]> {
  const plans: ExplainReply[] = [];
  for (let from = 0; from < prompts.length; from += CALL_SIZE) {
    const bodies = prompts.slice(from, from + CALL_SIZE).map(({ body }) => body);
    const reply = await mesh.post('/v1/explain', bodies);
    plans.push(...readReply(z.array(explainReply).length(bodies.length), reply.body, 'The explanation'));
  }
  return plans;
}

/** One request in full: what was seen in it, every candidate, and what was left out. */
function renderPlan({ features, plan, error }: ExplainReply): string {
  const lines = features === undefined ? [] : [describeFeatures(features)];
  if (error) lines.push(`cannot be planned: ${error.message}`);
  if (plan) {
    lines.push(`plan ${plan.revision}, ${plan.strategy}`);
    const table = new Table({
      head: ['', 'model', 'score', 'cost USD', 'ms', 'reason'],
      style: { head: [], border: [], compact: true },
    });
    plan.candidates.forEach((candidate, index) =>
      table.push([
        index + 1,
        `${candidate.vendor}/${candidate.model}`,
        candidate.score.toFixed(3),
        candidate.expected.cost_usd ?? '?',
        candidate.expected.latency_ms === null ? '?' : Math.round(candidate.expected.latency_ms),
        candidate.reason,
      ]),
    );
    lines.push(table.toString());
    lines.push(...plan.excluded.map(({ vendor, model, rule }) => `left out: ${vendor}/${model} (${rule})`));
    if (plan.excluded_more !== undefined) lines.push(`left out: ${plan.excluded_more} more`);
  }
  return `${lines.join('\n')}\n`;
}

function describeFeatures(features: FeaturesReply): string {
  return [
    `task ${features.task} (${features.confidence.toFixed(2)}${features.abstained ? ', unsure' : ''})`,
    features.language,
    `${features.tokens} tokens`,
    `${features.complexity.tier} (${features.complexity.score.toFixed(2)})`,
    ...(features.needs.length === 0 ? [] : [`needs ${features.needs.join(', ')}`]),
  ].join(' · ');
}

/** Many requests, a line each. */
function renderOverview(prompts: readonly Prompt[], plans: readonly ExplainReply[]): string {
  const table = new Table({
    head: ['', 'labelled', 'task', 'conf.', 'lang', 'tokens', 'tier', 'goes to', 'cost USD', 'then'],
    style: { head: [], border: [], compact: true },
  });
  plans.forEach(({ features, plan, error }, index) => {
    const [first, ...others] = plan?.candidates ?? [];
    table.push([
      index + 1,
      prompts[index]?.task ?? '–',
      features?.task ?? '–',
      features === undefined ? '–' : `${features.confidence.toFixed(2)}${features.abstained ? '?' : ''}`,
      features?.language ?? '–',
      features?.tokens ?? '–',
      features?.complexity.tier ?? '–',
      first === undefined ? (error?.message ?? '–') : `${first.vendor}/${first.model}`,
      first?.expected.cost_usd ?? '–',
      others.map(({ vendor, model }) => `${vendor}/${model}`).join(', '),
    ]);
  });
  return `${table.toString()}\n`;
}
