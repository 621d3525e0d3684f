/** What a conductor says to the sink of one request. */
import type { Bus } from '@skein/bus';
import { toSkeinError, type SkeinError } from '@skein/contracts/errors';
import { awaitCommit, fenceAttempt, switchAttempt, type FenceReply } from '@skein/contracts/sink';
import type { CallContext } from '@skein/contracts/wire';
import { pause } from './pause.js';

/** A sink that could not be asked is asked again after this many ms. */
const ASK_AGAIN_MS = 100;

const gone: FenceReply = { gone: true, committed: false, last_seq: -1, text_so_far: '', only_text: false };

export class SinkLine {
  constructor(
    private readonly bus: Bus,
    private readonly sink: string,
    private readonly requestId: string,
  ) {}

  /** From the reply on, frames of the attempt are dropped for good. Without a sink there is nobody to answer. */
  async fence(attemptNo: number, context: CallContext): Promise<FenceReply> {
    while (performance.now() < context.deadline && !context.signal?.aborted) {
      try {
        return await this.bus.call(
          fenceAttempt(this.sink),
          { request_id: this.requestId, attempt_no: attemptNo },
          { ...context, signal: undefined },
        );
      } catch (thrown) {
        const error = toSkeinError(thrown);
        if (error.code === 'no_responders' || !this.bus.fleet.isAlive(this.sink)) return gone;
        await pause(ASK_AGAIN_MS, context.signal);
      }
    }
    return gone;
  }

  /** Which attempt has committed: as it is now (`waitMs` 0), or as soon as one has. Null: none has, or nobody can say. */
  async committed(waitMs: number, context: CallContext): Promise<{ gone: boolean; attempt_no: number | null }> {
    return this.bus
      .call(awaitCommit(this.sink), { request_id: this.requestId, wait_ms: Math.max(0, waitMs) }, context)
      .catch(() => ({ gone: false, attempt_no: null }));
  }

  /** Another attempt goes on from what was shown. */
  goOn(attemptNo: number, notice: string, context: CallContext): Promise<void> {
    return this.#switch(attemptNo, 'continue', notice, null, context);
  }

  /** What was shown ends with an error. */
  breakOff(attemptNo: number, error: SkeinError, context: CallContext): Promise<void> {
    return this.#switch(attemptNo, 'error', error.message, error, context);
  }

  async #switch(
    attemptNo: number,
    mode: 'continue' | 'error',
    notice: string,
    error: SkeinError | null,
    context: CallContext,
  ): Promise<void> {
    await this.bus
      .call(
        switchAttempt(this.sink),
        { request_id: this.requestId, attempt_no: attemptNo, mode, notice, error: error?.toWire() ?? null },
        { ...context, signal: undefined },
      )
      .catch(() => undefined);
  }
}
