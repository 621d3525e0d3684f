// May this line be merged, by the policy and by what is expected of it? Pure.
import type { BatchLane } from '@skein/contracts/jobs';
import type { MergePolicy, RoutePlan } from '@skein/contracts/router';
import { overhead } from './merged-prompt.js';
import { readMergeable, type Mergeable, type NotMergeable } from './read-mergeable.js';

/** A line that may be merged, with what it is expected to come to, in tokens. */
export interface MergeableLine extends Mergeable {
  readonly policy: MergePolicy;
  /** Of its own input, and of what it has in common with others. */
  readonly inputTokens: number;
  readonly sharedTokens: number;
  readonly answerTokens: number;
}

export interface MergeQuestion {
  readonly body: Readonly<Record<string, unknown>>;
  readonly lane: BatchLane;
  readonly plan: Pick<RoutePlan, 'merge' | 'candidates'>;
  /** The most that the model can write; null where nobody knows. */
  readonly outputLimit: number | null;
}

/** Below this share of the price of one by one, merging is worth it where nobody asked for it. */
const WORTH_IT = 0.9;

export function judgeLine({ body, lane, plan, outputLimit }: MergeQuestion): MergeableLine | NotMergeable {
  const { merge: policy, candidates } = plan;
  const first = candidates[0];
  if (policy === undefined || first === undefined) return { reason: 'the policy does not let lines be merged' };
  if (lane === 'auto' && policy.mode !== 'auto')
    return { reason: 'the policy lets lines be merged only where asked for' };
  const read = readMergeable(body, `${first.vendor}/${first.model}`);
  if ('reason' in read) return read;
  const allBytes = Buffer.byteLength(JSON.stringify(body['messages']));
  const all = first.expected.input_tokens;
  const inputTokens = Math.max(1, Math.ceil((all * Buffer.byteLength(read.input)) / allBytes));
  const line: MergeableLine = {
    ...read,
    policy,
    inputTokens,
    sharedTokens: Math.max(0, all - inputTokens),
    answerTokens: Math.max(1, first.expected.output_tokens),
  };
  const reason = reasonAgainst(line, outputLimit) ?? (lane === 'auto' ? reasonOfPrice(line) : null);
  return reason === null ? line : { reason };
}

function reasonAgainst(
  { policy, inputTokens, answerTokens }: MergeableLine,
  outputLimit: number | null,
): string | null {
  const longest = Math.min(policy.item_tokens, Math.floor(policy.call_tokens / policy.least));
  if (inputTokens > longest) return `its input has about ${inputTokens} tokens, and ${longest} are the most`;
  const answers = Math.min(policy.answer_tokens, outputLimit ?? Infinity);
  const most = Math.floor(answers / policy.least);
  return answerTokens > most ? `its answer may have ${answerTokens} tokens, and ${most} are the most` : null;
}

/** Tokens out are dearer than tokens in, four times as a rule, and each answer brings some of its own. */
const OUT_OVER_IN = 4;

function reasonOfPrice(line: MergeableLine): string | null {
  const alone = line.sharedTokens + line.inputTokens + OUT_OVER_IN * line.answerTokens;
  const call = (line.sharedTokens + overhead.call) / line.policy.most;
  const merged = call + line.inputTokens + overhead.input + OUT_OVER_IN * (line.answerTokens + overhead.answer);
  return merged > alone * WORTH_IT ? 'it would hardly be cheaper' : null;
}
