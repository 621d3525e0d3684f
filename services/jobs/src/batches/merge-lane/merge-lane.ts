import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { closeCompletion, newId, type Bus } from '@skein/bus';
import { catalog, estimateCost, isVendorId, type ModelRecord } from '@skein/catalog';
import { toSkeinError } from '@skein/contracts/errors';
import { RequestBody } from '@skein/contracts/wire';
import type { Logger } from '@skein/telemetry';
import { decideRun, endRun, type EndedRun } from '../../decide-run.js';
import { CLOSING, completeRun } from '../../run-completion.js';
import type { JobsSettings } from '../../settings.js';
import type { Batch, SettledLine } from '../batch.js';
import { LinesRepository } from '../lines.repository.js';
import { toLineOrder } from '../run-lines.js';
import { settlePatiently } from '../settle-patiently.js';
import { MergedCallsRepository, type HeldCall, type NotedLine } from './merged-calls.repository.js';
import { drawIds, mergeRequests, type MergedCall } from './merged-prompt.js';
import { readMergeable } from './read-mergeable.js';
import { settleCall } from './settle-merged.js';

/** How long one batch has a slot before another's turn. */
const TURN_MS = 3_000;
const LONGEST_RUN_MS = 600_000;
const BEATS_PER_LEASE = 5;
const BYTES_PER_TOKEN = 4;

/** Lines that share calls: taken by the dozen, asked for at once, and settled line by line. */
@Injectable()
export class MergeLane {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(SETTINGS) private readonly settings: JobsSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
    @Inject(MergedCallsRepository) private readonly calls: MergedCallsRepository,
  ) {}

  /** Makes calls until the turn is over or none is to be made, and waits for those under way. Returns how many lines it took. */
  async run(batch: Batch, signal: AbortSignal): Promise<number> {
    if (batch.lane !== 'merge' && batch.lane !== 'auto') return 0;
    await this.calls.sendFewAlone(batch.id);
    const turnEndsAt = performance.now() + TURN_MS;
    let taken = 0;
    const work = async (): Promise<void> => {
      while (!signal.aborted && performance.now() < turnEndsAt) {
        const owner = newId(this.bus.instance);
        const hold = { owner, leaseMs: this.settings.JOBS_LEASE_MS, requestId: newId('req') };
        const call = await this.calls.take(batch.id, hold);
        if (call === null) return;
        taken += call.lines.length;
        await this.#make(batch, call, owner, signal);
      }
    };
    await Promise.all(Array.from({ length: this.settings.JOBS_MERGE_WIDTH }, work));
    return taken;
  }

  async #make(batch: Batch, call: HeldCall, owner: string, turnSignal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const stopRenewing = this.#renew(batch.id, owner, lost);
    const cut = (): void => lost.abort(CLOSING);
    if (turnSignal.aborted) cut();
    turnSignal.addEventListener('abort', cut, { once: true });
    try {
      const record = isVendorId(call.vendor) ? catalog.recordOf(call.vendor, call.model) : null;
      const { merged, bound } = mergeCall(call, record);
      const ended = await this.#complete(batch, call, merged, lost.signal);
      await this.#settle(batch, call, { merged, bound, record, ended });
    } finally {
      turnSignal.removeEventListener('abort', cut);
      await stopRenewing();
    }
  }

  /** Never rejects. */
  async #complete(batch: Batch, call: HeldCall, { body }: MergedCall, signal: AbortSignal): Promise<EndedRun> {
    const startedAt = performance.now();
    const traceparent = batch.traceparent ?? undefined;
    try {
      const order = {
        ...toLineOrder(batch, { body, requestId: call.requestId }, this.bus.instance),
        judged_by_sink: true,
      };
      const deadline = startedAt + Math.min(LONGEST_RUN_MS, batch.expiresAt.getTime() - Date.now());
      const context = { requestId: call.requestId, tenant: batch.caller.tenant, deadline, traceparent, signal };
      const run = await completeRun(this.bus, order, RequestBody.of(body), context);
      const totalMs = performance.now() - startedAt;
      const closed = { order, result: run.conductor, answer: run.answer, totalMs, at: Date.now(), traceparent };
      closeCompletion(this.bus, closed).catch((error: unknown) =>
        this.logger.warn({ err: error, request: call.requestId }, 'a call was not told of'),
      );
      const ended = endRun(run.conductor, run.answer);
      const isOurs = !signal.aborted || signal.reason === CLOSING;
      return ended.ending === 'answered' || isOurs ? ended : { ...ended, ending: 'abandoned' };
    } catch (thrown) {
      this.logger.error({ err: thrown, request: call.requestId }, 'a merged call was not made');
      const error = toSkeinError(thrown).toWire();
      return { ending: 'failed', result: null, error, attempts: [], explanation: null, isBlind: false };
    }
  }

  async #settle(
    batch: Batch,
    call: HeldCall,
    { merged, bound, record, ended }: MadeCall & { readonly ended: EndedRun },
  ): Promise<void> {
    const decision = decideRun(ended, {
      epoch: Math.max(...call.lines.map(({ epoch }) => epoch)),
      failedRuns: 0,
      maxRuns: this.settings.JOBS_MAX_RUNS,
      retryUnknown: true,
      onExhausted: 'fail',
      deadlineAt: batch.expiresAt,
      now: new Date(),
      chance: Math.random(),
    });
    const settled = settleCall({ lines: call.lines, items: merged.items, bound, ended }, decision);
    if (settled === 'not ours') return;
    if ('again' in settled) return this.calls.giveBack(batch.id, call.lines, settled.again);
    await settlePatiently(this.lines, batch.id, settled.lines);
    await this.calls.note(batch.id, call.requestId, noteLines(call, settled.lines, record));
    this.logger.info(
      { batch: batch.id, request: call.requestId, lines: call.lines.length, redone: settled.redone },
      'a merged call ended',
    );
  }

  /** Holds on to the lines of a call; when none of them is ours any more (cancelled, or taken over) it is cut. */
  #renew(batchId: string, owner: string, lost: AbortController): () => Promise<void> {
    let current: Promise<void> | undefined;
    const renew = async (): Promise<void> => {
      const held = await this.lines.renew(batchId, owner, this.settings.JOBS_LEASE_MS);
      if (held.length === 0) lost.abort('lost');
    };
    const timer = setInterval(() => {
      current ??= renew()
        .catch((error: unknown) => this.logger.warn({ err: error, batch: batchId }, 'lines were not held on to'))
        .finally(() => (current = undefined));
    }, this.settings.JOBS_LEASE_MS / BEATS_PER_LEASE);
    return async () => {
      clearInterval(timer);
      await current;
    };
  }
}

interface MadeCall {
  readonly merged: MergedCall;
  readonly bound: number | null;
  readonly record: ModelRecord | null;
}

/** The one request of a call, under ids drawn for it. */
function mergeCall({ lines, vendor, model }: HeldCall, record: ModelRecord | null): Omit<MadeCall, 'record'> {
  const [first] = lines;
  const name = `${vendor}/${model}`;
  const inputs = lines.map(({ body }) => readMergeable({ ...body }, name));
  const common = inputs[0];
  if (first === undefined || common === undefined || 'reason' in common) throw new RangeError('no line can be merged');
  const ids = drawIds(lines.length, (below) => randomInt(below));
  const items = inputs.flatMap((read, index) =>
    'reason' in read ? [] : [{ id: ids[index] ?? '', input: read.input }],
  );
  const isUnbounded = common.bound === null && record?.capabilities.reasoning === true;
  const merged = mergeRequests({ ...first.body }, common, items, {
    name,
    answerTokens: Math.max(...lines.map(({ answerTokens }) => answerTokens)),
    outputLimit: record?.max_output_tokens ?? null,
    isUnbounded,
  });
  return { merged, bound: common.bound };
}

/** What each line would have cost alone: by its own answer where it has one, else by what was expected of it. */
function noteLines(call: HeldCall, settled: readonly SettledLine[], record: ModelRecord | null): NotedLine[] {
  return call.lines.map((line, index) => {
    const { status, result } = settled[index] ?? { status: 'queued', result: null };
    const wrote = answerOf(result?.body);
    const output = wrote === null ? line.answerTokens : Math.ceil(Buffer.byteLength(wrote) / BYTES_PER_TOKEN);
    const alone = record === null ? null : estimateCost(record, call.sharedTokens + line.inputTokens, output);
    return { lineNo: line.lineNo, redone: status === 'queued', aloneNanoUsd: alone ?? 0 };
  });
}

function answerOf(body: unknown): string | null {
  const { choices } = (body ?? {}) as { choices?: readonly { readonly message?: { readonly content?: unknown } }[] };
  const content = choices?.[0]?.message?.content;
  return typeof content === 'string' ? content : null;
}
