// A run as frames to the sink that waits for it: events of stages and tokens, or an OpenAI chat completion.
import type { Bus } from '@skein/bus';
import {
  addUsage,
  inputTokens,
  noUsage,
  outputTokens,
  type AnswerHead,
  type UsageBuckets,
} from '@skein/contracts/attempt';
import type { AttemptSummary, CompletionOrder } from '@skein/contracts/orchestrator';
import type { FrameKind } from '@skein/contracts/wire';
import type { RunEvent, RunView } from '@skein/contracts/workflows';
import { checkKinds, type Pipeline } from '../definition/stage.js';
import type { StepKey } from '../engine/step.js';
import { asText } from '../templates.js';
import type { AnswerWatcher } from './ask-model.js';
import type { RunWatcher } from './run-watcher.js';
import type { KeptStep } from './run.js';

const ATTEMPT_NO = 1;
/** Under the bus' limit for one message (8 MB). */
const MAX_PART_BYTES = 6 * 1024 * 1024;
const encoder = new TextEncoder();
const toBytes = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const NOTHING = new Uint8Array(0);

/** Numbered frames to one sink, as the attempt protocol wants them. */
class FrameLine {
  #seq = 0;
  #hasHead = false;

  constructor(
    private readonly bus: Bus,
    private readonly order: CompletionOrder,
    private readonly runId: string,
  ) {}

  /** Who answers; said once, before the first content. */
  head(said: AnswerHead | null, attempts: number): AnswerHead {
    const head: AnswerHead = {
      attempt_id: said?.attempt_id ?? this.runId,
      attempt_no: Math.max(ATTEMPT_NO, attempts),
      vendor: said?.vendor ?? 'skein',
      model: said?.model ?? this.order.model,
      reason: `${this.order.model}, run ${this.runId}`,
      cache: 'off',
      notices: [],
    };
    if (!this.#hasHead) this.emit('notice', false, toBytes({ notice: 'head', head }));
    this.#hasHead = true;
    return head;
  }

  notice(text: string): void {
    this.emit('notice', false, toBytes({ notice: 'text', text }));
  }

  whole(value: unknown): void {
    const answer = toBytes(value);
    let at = 0;
    for (; answer.length - at > MAX_PART_BYTES; at += MAX_PART_BYTES)
      this.emit('part', true, answer.subarray(at, at + MAX_PART_BYTES));
    this.emit('whole', true, answer.subarray(at));
  }

  emit(kind: FrameKind, hasContent: boolean, payload: Uint8Array): void {
    const frame = { kind, seq: this.#seq++, hasContent, payload };
    this.bus.emitFrame(this.order.sink, this.order.request_id, ATTEMPT_NO, frame);
  }
}

/** What a run looks like to its waiting customer. */
export interface RunShow extends RunWatcher {
  /** The run has ended well; everything that is still to be shown is. */
  finish(view: RunView, steps: readonly KeptStep[]): void;
  /** It ended otherwise; false where the sink is to be told by the reply alone. */
  fail(view: RunView): boolean;
}

/** Each step and each word as one event; the finished run is the last. Unstreamed: the finished run alone. */
export function showEvents(bus: Bus, order: CompletionOrder, runId: string, workflow: string): RunShow {
  const line = new FrameLine(bus, order, runId);
  const tell = (event: RunEvent): void => {
    if (!order.stream) return;
    line.head(null, 1);
    line.emit('chunk', true, toBytes(event));
  };
  tell({ type: 'run.started', run: runId, workflow });
  const end = (view: RunView): void => {
    for (const text of view.notices) tell({ type: 'notice', text });
    line.head(null, Math.max(1, view.calls));
    if (order.stream) {
      tell({ type: 'run.finished', run: view });
      line.emit('end', false, NOTHING);
    } else line.whole(view);
  };
  return {
    onStepStarted: ({ stage, part, round, try: tries }) =>
      tell({ type: 'stage.started', stage, part, round, try: tries }),
    onStepFinished: ({ stage, part, round, try: tries, status, costNano, startedAt, endedAt, error }) => {
      if (status === 'running') return;
      const ms = (endedAt ?? startedAt) - startedAt;
      tell({ type: 'stage.finished', stage, part, round, try: tries, status, cost_nano_usd: costNano, ms, error });
    },
    watch: ({ stage, part }) =>
      order.stream ? { onHead: () => undefined, onText: (text) => tell({ type: 'token', stage, part, text }) } : null,
    finish: end,
    // A run that failed is an answer too: it says which stage, and what there is.
    fail: (view) => {
      end(view);
      return true;
    },
  };
}

/** The run as a chat completion. The words of the last stage are shown as they come where nothing can take them back. */
export function showChat(
  bus: Bus,
  order: CompletionOrder,
  runId: string,
  pipeline: Pipeline,
  options: { includeUsage: boolean; now: number },
): RunShow {
  const line = new FrameLine(bus, order, runId);
  const liveStage = order.stream && canShowLive(pipeline) ? pipeline.output : null;
  const base = { id: `chatcmpl-${runId}`, created: Math.floor(options.now / 1000), model: order.model };
  let shown = '';
  const chunk = (delta: object, finish: string | null): void =>
    line.emit(
      'chunk',
      true,
      toBytes({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] }),
    );
  const showText = (text: string, head: AnswerHead | null): void => {
    line.head(head, 1);
    chunk(shown === '' ? { role: 'assistant', content: text } : { content: text }, null);
    shown += text;
  };
  const watchStage = (): AnswerWatcher => {
    let said: AnswerHead | null = null;
    return { onHead: (head) => (said = head), onText: (text) => showText(text, said) };
  };
  return {
    onStepStarted: () => undefined,
    onStepFinished: () => undefined,
    watch: ({ stage }: StepKey) => (stage === liveStage && shown === '' ? watchStage() : null),
    finish: (view, steps) => {
      const text = asText(view.output);
      const attempts = steps.flatMap((step) => step.attempts);
      const usage = attempts
        .flatMap((attempt) => (attempt.usage === null ? [] : [attempt.usage]))
        .reduce(addUsage, noUsage);
      // What was shown of a try that broke off cannot be taken back.
      const goesOn = text.startsWith(shown);
      const head = line.head(headOf(attempts), attempts.length);
      for (const notice of view.notices) line.notice(notice);
      const message = { role: 'assistant', content: text, refusal: null };
      if (order.stream) {
        if (!goesOn) line.notice(`The answer broke off and was begun anew; all of it is in run ${runId}`);
        else if (text !== shown) showText(text.slice(shown.length), head);
        chunk({}, 'stop');
        if (options.includeUsage)
          line.emit(
            'chunk',
            true,
            toBytes({ ...base, object: 'chat.completion.chunk', choices: [], usage: toUsage(usage) }),
          );
      }
      line.emit('usage', false, toBytes(usageFrameOf(head, usage, view)));
      if (order.stream) line.emit('end', false, NOTHING);
      else
        line.whole({
          ...base,
          object: 'chat.completion',
          choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
          usage: toUsage(usage),
        });
    },
    fail: () => false,
  };
}

/** A last stage whose first word stands: one call of plain text that no check can send back. */
function canShowLive({ stages, output }: Pipeline): boolean {
  const stage = stages.find(({ name }) => name === output);
  if (stage === undefined || (stage.kind !== 'llm' && stage.kind !== 'fuse') || stage.spec.schema !== undefined)
    return false;
  return !stages.some(({ kind, onFail }) => checkKinds.has(kind) && onFail?.rerun === output);
}

/** Who gave the last answer. */
function headOf(attempts: readonly AttemptSummary[]): AnswerHead | null {
  const last = attempts.findLast(({ outcome }) => outcome === 'finished');
  if (last === undefined) return null;
  return {
    attempt_id: last.id,
    attempt_no: attempts.length,
    vendor: last.vendor,
    model: last.model,
    reason: '',
    cache: 'off',
    notices: [],
  };
}

function usageFrameOf(head: AnswerHead, usage: UsageBuckets, view: RunView) {
  return {
    head,
    usage,
    usage_source: 'provider',
    cost_nano_usd: view.cost_nano_usd,
    finish_reason: 'stop',
    first_byte_ms: null,
    total_ms: view.total_ms ?? 0,
  };
}

function toUsage(usage: UsageBuckets) {
  const input = inputTokens(usage);
  const output = outputTokens(usage);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
