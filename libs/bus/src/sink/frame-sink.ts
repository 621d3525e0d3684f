import { awaitCommit, fenceAttempt, switchAttempt } from '@skein/contracts/sink';
import type { Bus } from '../types.js';
import { AnswerStream, type AnswerEnd, type AnswerListener } from './answer-stream.js';

/** The answers a process is taking: gateway, jobs and workflows share one sink per process. */
export class FrameSink {
  readonly #streams = new Map<string, AnswerStream>();

  constructor(bus: Bus) {
    bus.takeFrames((requestId, attemptNo, frame) => this.#streams.get(requestId)?.take(attemptNo, frame));
    bus.serve('sink', fenceAttempt(bus.instance), ({ request_id, attempt_no }) => {
      const stream = this.#streams.get(request_id);
      return (
        stream?.fence(attempt_no) ?? { gone: true, committed: false, last_seq: -1, text_so_far: '', only_text: false }
      );
    });
    bus.serve('sink', awaitCommit(bus.instance), async ({ request_id, wait_ms }, { signal }) => {
      const stream = this.#streams.get(request_id);
      if (stream === undefined) return { gone: true, attempt_no: null };
      if (wait_ms > 0) await stream.whenCommitted(signal);
      return { gone: stream.isOver && stream.committed === null, attempt_no: stream.committed };
    });
    bus.serve('sink', switchAttempt(bus.instance), (request) => {
      const stream = this.#streams.get(request.request_id);
      stream?.switchTo(request);
      return { gone: stream === undefined };
    });
  }

  /** Takes the frames of one request until its end. */
  open(requestId: string, listener: AnswerListener, onEnd: (end: AnswerEnd) => void): AnswerStream {
    const stream = new AnswerStream(listener, (end) => {
      this.#streams.delete(requestId);
      onEnd(end);
    });
    this.#streams.set(requestId, stream);
    return stream;
  }

  get openAnswers(): number {
    return this.#streams.size;
  }
}

const sinks = new WeakMap<Bus, FrameSink>();

/** The one sink of a process. */
export function frameSinkOf(bus: Bus): FrameSink {
  let sink = sinks.get(bus);
  if (sink === undefined) sinks.set(bus, (sink = new FrameSink(bus)));
  return sink;
}
