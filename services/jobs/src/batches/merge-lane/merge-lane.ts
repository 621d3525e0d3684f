import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { BUS, LOGGER, SETTINGS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { catalog, estimateCost, isVendorId, type ModelRecord } from '@skein/catalog';
import type { Logger } from '@skein/telemetry';
import { decideRun, type EndedRun } from '../../decide-run.js';
import { CLOSING } from '../../run-completion.js';
import type { JobsSettings } from '../../settings.js';
import type { Batch, SettledLine } from '../batch.js';
import { completeLines } from '../complete-lines.js';
import { holdLines } from '../hold-lines.js';
import { LinesRepository } from '../lines.repository.js';
import { settlePatiently } from '../settle-patiently.js';
import { MergedCallsRepository, type HeldCall, type NotedLine } from './merged-calls.repository.js';
import { drawIds, mergeRequests, type MergedCall } from './merged-prompt.js';
import { readMergeable } from './read-mergeable.js';
import { settleCall } from './settle-merged.js';

/** How long one batch has a slot before another's turn. */
const TURN_MS = 3_000;
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
    const edges = { lines: this.lines, logger: this.logger };
    const stopHolding = holdLines(edges, {
      batchId: batch.id,
      owner,
      leaseMs: this.settings.JOBS_LEASE_MS,
      underWay: () => call.lines.map(({ lineNo }) => lineNo),
      onLost: (gone) => {
        // One line that is still ours is reason enough to have the answer.
        if (gone.length === call.lines.length) lost.abort('lost');
      },
    });
    const cut = (): void => lost.abort(CLOSING);
    if (turnSignal.aborted) cut();
    turnSignal.addEventListener('abort', cut, { once: true });
    try {
      const record = isVendorId(call.vendor) ? catalog.recordOf(call.vendor, call.model) : null;
      const { merged, bound } = mergeCall(call, record);
      const request = { of: 'call', requestId: call.requestId, body: merged.body } as const;
      const ended = await completeLines({ bus: this.bus, logger: this.logger }, batch, request, lost.signal);
      await this.#settle(batch, call, { merged, bound, record, ended });
    } finally {
      turnSignal.removeEventListener('abort', cut);
      await stopHolding();
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
