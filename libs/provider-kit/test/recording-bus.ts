import type { Fact } from '@skein/contracts/make';
import type { Frame, FrameKind } from '@skein/contracts/wire';
import type { AttemptWorker } from '../src/run-attempt.js';

export type BusEvent =
  | { readonly what: 'frame'; readonly address: string; readonly frame: Frame }
  | { readonly what: 'stating'; readonly subject: string; readonly body: unknown }
  | { readonly what: 'stated'; readonly subject: string };

/** The worker's end of a bus: keeps what passes, in order, and acknowledges facts when the test lets it. */
export class RecordingBus {
  readonly instance = 'worker-under-test';
  takesFacts = true;
  readonly events: BusEvent[] = [];
  /** Set to hold back, or refuse, the acknowledgement of facts. */
  acknowledge: (subject: string) => Promise<void> = () => Promise.resolve();
  readonly #listeners: (() => void)[] = [];

  readonly emitFrame: AttemptWorker['bus']['emitFrame'] = (sink, requestId, attemptNo, frame) => {
    this.#note({ what: 'frame', address: `${sink}/${requestId}/${attemptNo}`, frame });
  };

  readonly state = async <Body>(fact: Fact<Body>, body: Body): Promise<void> => {
    // A fact that does not fit its contract is a fault of the worker.
    fact.body.parse(body);
    this.#note({ what: 'stating', subject: fact.subject, body });
    await this.acknowledge(fact.subject);
    this.#note({ what: 'stated', subject: fact.subject });
  };

  get frames(): Frame[] {
    return this.events.flatMap((event) => (event.what === 'frame' ? [event.frame] : []));
  }

  get kinds(): FrameKind[] {
    return this.frames.map(({ kind }) => kind);
  }

  /** Kinds of frames and verbs of facts, in the order in which they happened. */
  get story(): string[] {
    return this.events.map((event) =>
      event.what === 'frame' ? event.frame.kind : `${event.what} ${event.subject.split('.').at(-2)}`,
    );
  }

  /** The JSON bodies of all frames of a kind. */
  bodies(kind: FrameKind): unknown[] {
    return this.frames.filter((frame) => frame.kind === kind).map(({ payload }) => JSON.parse(textOfFrame(payload)));
  }

  fact(subjectPart: string): Record<string, unknown> {
    const found = this.events.find((event) => event.what === 'stating' && event.subject.includes(subjectPart));
    if (found?.what !== 'stating') throw new Error(`no fact ${subjectPart} was stated`);
    return found.body as Record<string, unknown>;
  }

  /** Resolves when so many frames of a kind have passed. */
  async seen(kind: FrameKind, count = 1): Promise<void> {
    while (this.kinds.filter((other) => other === kind).length < count) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  #note(event: BusEvent): void {
    this.events.push(event);
    for (const wake of this.#listeners.splice(0)) wake();
  }
}

export const textOfFrame = (payload: Uint8Array): string => new TextDecoder().decode(payload);
