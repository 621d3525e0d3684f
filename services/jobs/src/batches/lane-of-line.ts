// Which lane a line goes by. Pure.
import type { BatchLane } from '@skein/contracts/jobs';
import { itemsOf, objectOf } from '@skein/contracts/openai';
import type { ExplainedLine } from './explain-line.js';
import { judgeLine, type MergeableLine } from './merge-lane/judge-line.js';
import type { NotMergeable } from './merge-lane/read-mergeable.js';
import { chooseLane } from './vendor-lane/choose-lane.js';

export interface LineQuestion extends ExplainedLine {
  readonly lane: BatchLane;
  readonly windowMs: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly onDate: string;
}

export type LineLane =
  { readonly lane: 'realtime' | 'vendor' } | { readonly lane: 'merge'; readonly as: MergeableLine };

/** A vendor's batch API saves more, and answers each line by itself: where both could take a line, that does. */
export function laneOfLine(question: LineQuestion): LineLane {
  if (!isBeyondChat(question.body) && chooseLane(question) === 'vendor') return { lane: 'vendor' };
  if (question.lane !== 'merge' && question.lane !== 'auto') return { lane: 'realtime' };
  const judged = judgeMerge(question);
  return 'reason' in judged ? { lane: 'realtime' } : { lane: 'merge', as: judged };
}

/** The line as one that may be merged, or why it may not. */
export function judgeMerge({ body, lane, plan, record }: LineQuestion): MergeableLine | NotMergeable {
  return judgeLine({ body, lane, plan, outputLimit: record?.max_output_tokens ?? null });
}

/** What only a Response can say has no place in a batch of chats. */
function isBeyondChat({ responses, messages }: LineQuestion['body']): boolean {
  return responses !== undefined || itemsOf(messages).some((message) => objectOf(message).response_items !== undefined);
}
