import { SkeinError, fromWireError, toSkeinError } from '@skein/contracts/errors';
import { Complete, type CompletionOrder, type CompletionResult } from '@skein/contracts/orchestrator';
import type { Rpc } from '@skein/contracts/make';
import { Stopper, type CallContext, type RequestBody } from '@skein/contracts/wire';
import type { Bus } from '../types.js';
import type { AnswerEnd, AnswerListener } from './answer-stream.js';
import { frameSinkOf } from './frame-sink.js';

/** A conductor that has not even said `accepted` by then is given up. */
const ACCEPT_WITHIN_MS = 3_000;
/** Where nobody conducts, somebody may just be starting again: waited for so long, and half of the request's time at most. */
const THERE_WITHIN_MS = 5_000;
/** Asked once more after this, and a random half of it. */
const AGAIN_AFTER_MS = 200;
/** With the conductor gone, frames may still arrive and finish; silence of this length ends the wait. */
const ORPHAN_PATIENCE_MS = 10_000;
/** A conductor that never said it had begun has most likely begun nothing. */
const UNSTARTED_PATIENCE_MS = 1_000;
/** Cut off from the mesh, nobody can say whether it has: a server that is restarted is back before, and the answer may follow. */
const CUT_OFF_PATIENCE_MS = 4_000;
/** The conductor has said "succeeded", so the frames are on their way: they get this long. */
const LAST_FRAMES_MS = 5_000;

/** The conductor's death says nothing about the attempt it had under way. */
const conductorLost = new Set(['worker_lost', 'unavailable']);

export interface CompletionRun {
  /** Resolves when the customer's answer is over, whichever way; often before `result`. */
  readonly answered: Promise<AnswerEnd>;
  /** The conductor's word on the whole request; null when the conductor was lost. */
  readonly result: Promise<CompletionResult | null>;
  /** The customer has left: stop paying for the answer. */
  leave(): void;
}

/**
 * Runs one completion as its sink: sends it to a conductor (the orchestrator, or another room that serves the same call),
 * shows the listener what counts of the frames that come straight from the workers, and ends exactly once, whoever dies in
 * between. Never rejects: failures are ends.
 */
export function runCompletion(
  bus: Bus,
  order: CompletionOrder,
  body: RequestBody,
  context: CallContext,
  listener: AnswerListener,
  conductor: Rpc<CompletionOrder, CompletionResult> = Complete,
): CompletionRun {
  const leaving = new Stopper();
  const answered = Promise.withResolvers<AnswerEnd>();
  let heardAt = performance.now();
  let hasBegun = false;
  const stream = frameSinkOf(bus).open(
    order.request_id,
    {
      onHead: (head) => listener.onHead(head),
      onChunk: (payload) => {
        heardAt = performance.now();
        listener.onChunk(payload);
      },
      onWhole: (payload) => listener.onWhole(payload),
      onNotice: (text) => listener.onNotice(text),
    },
    answered.resolve,
  );

  const endBySilence = (patienceMs: number, error: () => SkeinError) => {
    const look = () => {
      if (stream.isOver) return;
      const left = Math.min(heardAt + patienceMs, context.deadline) - performance.now();
      if (left <= 0) stream.fail(error());
      else setTimeout(look, left).unref();
    };
    look();
  };

  const ask = (): Promise<CompletionResult> =>
    bus.call(
      conductor,
      order,
      { ...context, signal: leaving },
      {
        body,
        acceptWithinMs: ACCEPT_WITHIN_MS,
        onAccepted: () => {
          hasBegun = true;
        },
      },
    );

  /** Nobody there means that nothing has begun, so it may be ordered again. */
  const askUntilThere = async (): Promise<CompletionResult> => {
    const began = performance.now();
    const until = began + Math.min(THERE_WITHIN_MS, (context.deadline - began) / 2);
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        const isOver = leaving.aborted || performance.now() >= until;
        if (toSkeinError(thrown).code !== 'no_responders' || isOver) throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS * (1 + Math.random() / 2)).unref());
    }
  };

  const followConductor = async (): Promise<CompletionResult | null> => {
    try {
      const result = await askUntilThere();
      if (result.error !== null) stream.fail(asHeard(fromWireError(result.error), conductor));
      else {
        heardAt = performance.now();
        endBySilence(LAST_FRAMES_MS, () => new SkeinError('frame_gap', 'The end of the answer did not arrive'));
      }
      return result;
    } catch (thrown) {
      const error = toSkeinError(thrown);
      if (!conductorLost.has(error.code)) stream.fail(asHeard(publicError(error, conductor), conductor));
      else {
        heardAt = performance.now();
        const unstarted = bus.isConnected ? UNSTARTED_PATIENCE_MS : CUT_OFF_PATIENCE_MS;
        endBySilence(hasBegun || stream.hasHeard ? ORPHAN_PATIENCE_MS : unstarted, () => unavailable(error));
      }
      return null;
    }
  };

  return {
    answered: answered.promise,
    result: followConductor(),
    leave: () => {
      stream.leave();
      leaving.abort();
    },
  };
}

const unavailable = (cause: SkeinError) =>
  new SkeinError('unavailable', 'The mesh lost the part that was handling this request; please try again', {
    retryAfterMs: 1_000,
    cause,
  });

/**
 * Whoever leaves ends the answer at once, so one that the orchestrator cancelled while its sink still waits was given up by
 * mistake: it did not hear this process for a while and took it for lost. The customer is there, and may try again.
 */
function asHeard(error: SkeinError, { subject }: { readonly subject: string }): SkeinError {
  return error.code === 'cancelled' && subject === Complete.subject ? unavailable(error) : error;
}

/** `no_responders` is a word between rooms; customers hear that the mesh is not there. */
function publicError(error: SkeinError, { subject }: { readonly subject: string }): SkeinError {
  if (error.code !== 'no_responders') return error;
  const room = subject === Complete.subject ? 'orchestrator' : `room "${subject.split('.')[2]}"`;
  return new SkeinError('unavailable', `No ${room} is running at the moment`, { retryAfterMs: 1_000, cause: error });
}
