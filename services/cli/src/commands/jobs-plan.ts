import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { formatUsd, parseUsd, percentSaved } from '../money.js';
import type { Outcome } from '../outcome.js';
import { addPlans, type SummedPlan } from '../batch/add-plans.js';
import { readPrompts } from '../prompts.js';
import { planReply, readReply } from '../replies.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';

const AT_ONCE = 1_000;
const TOLD_LINES = 5;
const CHAT = '/v1/chat/completions';

interface PlanOptions extends TargetOptions {
  readonly window: string;
  readonly model: string;
  readonly lines?: true;
  readonly json?: true;
}

export function addPlanCommand(jobs: Command, terminal: Terminal, outcome: Outcome): void {
  withTarget(jobs.command('plan'))
    .description(
      'say what a file of requests would cost in each lane and when it would be done; nothing is sent to a vendor',
    )
    .argument('<file>', 'lines of a batch, or requests or prompts as for submit; - for standard input')
    .option('--window <duration>', 'time they have', '24h')
    .option('--model <model>', 'model of prompts that name none', 'auto')
    .option('--lines', 'name every line that a lane does not take')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string, options: PlanOptions) => {
      const lines = readLines(await readInput(file, terminal), options.model);
      const plan = await withMesh(httpTarget(options, terminal), async (mesh) => {
        const parts = [];
        for (let from = 0; from < lines.length; from += AT_ONCE) {
          const asked = {
            lines: lines.slice(from, from + AT_ONCE),
            completion_window: options.window,
            first_line: from + 1,
          };
          parts.push(readReply(planReply, (await mesh.post('/v1/batches/plan', asked)).body, 'The plan'));
        }
        return addPlans(parts);
      });
      terminal.out(options.json === true ? `${JSON.stringify(plan, null, 2)}\n` : render(plan, options.lines === true));
      if (plan.refused.length > 0 || plan.unplanned.length > 0) outcome.exitCode = 1;
    });
}

/** Lines of a batch as they are; anything else becomes one. */
function readLines(text: string, model: string): unknown[] {
  const first = text.trimStart().split(/\r?\n/, 1)[0] ?? '';
  if (!/"custom_id"/.test(first)) {
    return readPrompts(text, model).map(({ body }, index) => ({
      custom_id: `line-${index + 1}`,
      method: 'POST',
      url: CHAT,
      body,
    }));
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      throw new CommandFailure(`line ${index + 1} is not JSON`);
    }
  });
}

function render(plan: SummedPlan, everyLine: boolean): string {
  const table = new Table({
    head: ['lane', 'lines', 'calls', 'tokens in', 'tokens out', 'cost USD', 'saved', 'done within'],
    style: { head: [], border: [], compact: true },
  });
  const realtime = parseUsd(plan.lanes['realtime']?.cost_usd ?? '0');
  for (const [name, lane] of Object.entries(plan.lanes)) {
    const cost = parseUsd(lane.cost_usd);
    const saved = name === 'realtime' ? '–' : percentSaved(cost, realtime);
    const within = lane.done_in_ms === null ? '?' : duration(lane.done_in_ms);
    table.push([name, lane.lines, lane.calls, lane.input_tokens, lane.output_tokens, formatUsd(cost), saved, within]);
  }
  const wrong = [...plan.refused, ...plan.unplanned].map(
    ({ line, code, message }) => `line ${line ?? '?'}: ${code}: ${message}`,
  );
  return [
    `${plan.lines} lines; tokens and costs are estimates, lines that a lane does not take are counted in real time`,
    table.toString(),
    ...reasons(plan, everyLine),
    ...(plan.unpriced > 0 ? [`${plan.unpriced} lines have no known price and are counted at nothing`] : []),
    ...(everyLine ? wrong : wrong.slice(0, TOLD_LINES)),
    '',
  ].join('\n');
}

function reasons({ not_taken: notTaken }: SummedPlan, everyLine: boolean): string[] {
  const byReason = new Map<string, number[]>();
  for (const { lane, reason, line } of notTaken) {
    const key = `not by ${lane}: ${reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), line]);
  }
  return [...byReason].map(([reason, lines]) => {
    const told = everyLine ? lines : lines.slice(0, TOLD_LINES);
    return `${reason} (${lines.length}: ${told.join(', ')}${told.length < lines.length ? ', …' : ''})`;
  });
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
