import type { Fact } from '@skein/contracts/make';
import { headerNames } from '@skein/contracts/wire';
import type { CheckedFact, ReadFact } from './types.js';
import { tryDecodeJson } from './wire-json.js';

/** Messages are given to every reader at about the same time; so many facts are kept for the slowest. */
const MOST_KEPT = 4_096;

/** A fact as its readers get it: one object for all readers of the process, checked at most once. */
class HeardFact implements ReadFact {
  #checked: CheckedFact<unknown> | undefined;

  constructor(
    readonly subject: string,
    readonly body: unknown,
    /** Stated by this very process, whose types have vouched for it. */
    isOwn: boolean,
  ) {
    if (isOwn) this.#checked = { success: true, data: body };
  }

  check<Body>(fact: Fact<Body>): CheckedFact<Body> {
    if (fact.subject !== this.subject) throw new Error(`${this.subject} is not read as ${fact.subject}`);
    return (this.#checked ??= fact.body.safeParse(this.body)) as CheckedFact<Body>;
  }
}

interface FactMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { get(name: string): string } | undefined;
}

/**
 * What the process's readers of facts share: a message is parsed once for all of them, and one that the process has
 * published itself not at all.
 */
export class HeardFacts {
  readonly #groups = new Map<string, readonly ReadFact[]>();
  #kept = 0;

  /** Remembers a group on its way out. The bodies must not change any more. */
  remember(subject: string, messageId: string, bodies: readonly unknown[]): void {
    this.#keep(
      messageId,
      bodies.map((body) => new HeardFact(subject, body, true)),
    );
  }

  /** Facts come in groups: a message is a JSON array of bodies. One that is not holds none: it would block its readers. */
  read({ subject, data, headers }: FactMessage): readonly ReadFact[] {
    const messageId = headers?.get(headerNames.messageId) ?? '';
    const known = this.#groups.get(messageId);
    if (known !== undefined) return known;
    const bodies = tryDecodeJson(data);
    const facts = Array.isArray(bodies) ? bodies.map((body: unknown) => new HeardFact(subject, body, false)) : [];
    if (messageId !== '') this.#keep(messageId, facts);
    return facts;
  }

  #keep(messageId: string, facts: readonly ReadFact[]): void {
    if (this.#groups.has(messageId)) return;
    this.#groups.set(messageId, facts);
    this.#kept += facts.length;
    for (const [oldest, { length }] of this.#groups) {
      if (this.#kept <= MOST_KEPT) break;
      this.#groups.delete(oldest);
      this.#kept -= length;
    }
  }
}
