/** How long an answer may be where the caller set no bound: what a budget leaves of it, and what the task expects. */
import type { Estimate } from './deployment.js';
import type { Grounds } from './walls.js';

export interface OutputBound {
  readonly tokens: number;
  readonly notice: string;
}

/** Tokens and the notice that goes with them; null: the answer is not bound. Reasoning models think at their own length. */
export function outputBoundFor(estimate: Estimate, grounds: Grounds): OutputBound | null {
  const { request, compiled } = grounds;
  const { output } = compiled.policy;
  if (output.set === 'never' || request.max_output_tokens !== null || !isChat(request)) return null;
  const { reasons } = estimate.contender.deployment;
  const byTask =
    output.set === 'task' && !reasons
      ? Math.max(output.least, Math.ceil(output.headroom * estimate.outputTokens))
      : null;
  const byBudget = affordable(estimate, grounds.bound ?? null);
  const longest = longestAnswer(estimate);
  if (byBudget !== null && byBudget < Math.min(longest, byTask ?? Infinity)) {
    return {
      tokens: Math.max(1, byBudget),
      notice: `the answer is bound to ${byBudget} tokens, which is what its budget leaves`,
    };
  }
  if (byTask === null || byTask >= longest) return null;
  return {
    tokens: byTask,
    notice: `the answer is bound to ${byTask} tokens, ${output.headroom} times what its task expects`,
  };
}

const isChat = ({ operation = 'chat' }: Grounds['request']): boolean => operation === 'chat';

function longestAnswer({ contender: { deployment }, inputTokens }: Estimate): number {
  const { record } = deployment;
  const room = record?.context_window == null ? Infinity : record.context_window - inputTokens;
  return Math.max(1, Math.min(record?.max_output_tokens ?? Infinity, room));
}

/** Thousands, so that the price of one token is not lost in rounding. */
const SAMPLE = 1_000;

function affordable({ contender, inputTokens }: Estimate, bound: number | null): number | null {
  if (bound === null) return null;
  const { costOf } = contender.deployment;
  const before = costOf(inputTokens, 0);
  const withSample = costOf(inputTokens, SAMPLE);
  if (before === null || withSample === null || withSample <= before) return null;
  return Math.max(0, Math.floor(((bound - before) * SAMPLE) / (withSample - before)));
}
