import type { Fact } from '@skein/contracts/make';
import type { ReadFact } from './types.js';

type Listener = (heard: ReadFact) => void;

/** Opens the process's one subscription to a subject. Returns the way to close it. */
export type HearSubject = (subject: string, hear: (facts: readonly ReadFact[]) => void) => () => void;

/** Who in this process follows facts as they pass: the server is asked for each subject once, however many they are. */
export class WatchedFacts {
  readonly #bySubject = new Map<string, { readonly listeners: Set<Listener>; readonly close: () => void }>();

  constructor(
    private readonly hear: HearSubject,
    private readonly report: (error: unknown) => void,
  ) {}

  add<Body>(fact: Fact<Body>, listener: (body: Body) => void): () => void {
    const listen: Listener = (heard) => {
      const checked = heard.check(fact);
      if (checked.success) listener(checked.data);
    };
    const { subject } = fact;
    const watched = this.#bySubject.get(subject) ?? this.#open(subject);
    watched.listeners.add(listen);
    return () => {
      if (!watched.listeners.delete(listen) || watched.listeners.size > 0) return;
      this.#bySubject.delete(subject);
      watched.close();
    };
  }

  #open(subject: string) {
    const listeners = new Set<Listener>();
    const close = this.hear(subject, (facts) => {
      for (const heard of facts) for (const listen of listeners) this.#safely(listen, heard);
    });
    const watched = { listeners, close };
    this.#bySubject.set(subject, watched);
    return watched;
  }

  /** One listener's fault is not the others'. */
  #safely(listen: Listener, heard: ReadFact): void {
    try {
      listen(heard);
    } catch (error) {
      this.report(error);
    }
  }
}
