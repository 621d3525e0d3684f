import type { Msg } from '@nats-io/transport-node';
import {
  decodeFrame,
  encodeFrame,
  framesSubject,
  parseFramesSubject,
  readFrames,
  type Frame,
} from '@skein/contracts/wire';
import type { Outbox } from './outbox.js';

export type FrameListener = (requestId: string, attemptNo: number, frame: Frame) => void;

export interface FrameLineOptions {
  readonly instance: string;
  readonly local: 'prefer' | 'verify' | 'never';
  readonly report: (error: unknown) => void;
}

/** Frames to sinks, of this process and of others, and those that come for the sink of this one. */
export class FrameLine {
  #listener: FrameListener | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly options: FrameLineOptions,
  ) {}

  /** Sends a frame; never waits. */
  emit(sink: string, requestId: string, attemptNo: number, frame: Frame): void {
    const { instance, local } = this.options;
    if (sink !== instance || local === 'never') {
      this.outbox.publishFrame(framesSubject(sink, requestId, attemptNo), encodeFrame(frame));
      return;
    }
    const taken = local === 'verify' ? decodeFrame(encodeFrame(frame)) : frame;
    if (taken !== null) this.#give(requestId, attemptNo, taken);
  }

  /** One listener a process. */
  take(listener: FrameListener): void {
    if (this.#listener !== undefined) throw new Error('this process already takes its frames elsewhere');
    this.#listener = listener;
  }

  hear({ subject, data }: Pick<Msg, 'subject' | 'data'>): void {
    const address = parseFramesSubject(subject);
    if (address !== null) readFrames(data, (frame) => this.#give(address.requestId, address.attemptNo, frame));
  }

  /** The sink's fault is not the worker's, nor that of the frames behind. */
  #give(requestId: string, attemptNo: number, frame: Frame): void {
    try {
      this.#listener?.(requestId, attemptNo, frame);
    } catch (error) {
      this.options.report(error);
    }
  }
}
