import type { Fact } from '@skein/contracts/make';
import { headerNames } from '@skein/contracts/wire';
import { readTailedGroup, unreadTail, withTail } from './tailed-json.js';
import type { CheckedFact, ReadFact } from './types.js';
import { decodeText } from './wire-json.js';

/** A reader that is behind by more facts than these reads them from their messages. */
const MOST_KEPT = 4_096;

/** A fact as this process has stated it. */
export interface StatedFact {
  readonly body: unknown;
  readonly json: string;
}

/** A fact as its readers get it: one object for all readers of the process, checked at most once. */
class HeardFact implements ReadFact {
  #checked: CheckedFact<unknown> | undefined;

  constructor(
    readonly subject: string,
    readonly body: unknown,
    /** The words it was stated in, where they are known; a tail may be on a line of its own. */
    private readonly words?: string,
    /** This very process has stated it: its types have vouched for it. */
    isOurs = false,
  ) {
    if (isOurs) this.#checked = { success: true, data: body };
  }

  get json(): string {
    return this.words?.replace('\n', '') ?? JSON.stringify(this.body);
  }

  check<Body>(fact: Fact<Body>): CheckedFact<Body> {
    if (fact.subject !== this.subject) throw new Error(`${this.subject} is not read as ${fact.subject}`);
    return (this.#checked ??= checkBody(fact, this.body)) as CheckedFact<Body>;
  }
}

function checkBody<Body>({ body: schema, tail }: Fact<Body>, body: unknown): CheckedFact<unknown> {
  if (tail === undefined || typeof body !== 'object' || body === null) return schema.safeParse(body);
  const unread = unreadTail(body, tail.name);
  if (unread === undefined) return schema.safeParse(body);
  const head = tail.checkHead(body);
  return head.success ? { success: true, data: withTail(head.data, tail.name, unread) } : head;
}

interface Group {
  readonly facts: readonly ReadFact[];
  /** Readers of this process that have not had it yet. */
  awaited: number;
}

function readGroup(subject: string, data: Uint8Array): readonly ReadFact[] {
  try {
    const text = decodeText(data);
    const tailed = readTailedGroup(text);
    if (tailed !== null) return tailed.map(({ body, json }) => new HeardFact(subject, body, json));
    const bodies: unknown = JSON.parse(text);
    return Array.isArray(bodies) ? bodies.map((body: unknown) => new HeardFact(subject, body)) : [];
  } catch {
    return [];
  }
}

interface FactMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { get(name: string): string } | undefined;
}

/**
 * What the process's readers of facts share: a message is parsed once for all of them, and one that the process has
 * published itself not at all. A group is forgotten once every reader has had it: what lives long costs the collector most.
 */
export class HeardFacts {
  readonly #groups = new Map<string, Group>();
  readonly #readers = new Map<string, number>();
  #kept = 0;

  /** Counts a reader of this process, of one subject or of all below one (`skein.fact.>`). Returns the way to count it no more. */
  addReader(filter: string): () => void {
    const change = (by: number): void => void this.#readers.set(filter, (this.#readers.get(filter) ?? 0) + by);
    change(1);
    return () => change(-1);
  }

  /** Remembers a group on its way out, for its readers here. The bodies must not change any more. */
  remember(subject: string, messageId: string, stated: readonly StatedFact[]): void {
    const awaited = this.#readersOf(subject);
    if (awaited === 0) return;
    const facts = stated.map(({ body, json }) => new HeardFact(subject, body, json, true));
    this.#keep(messageId, { facts, awaited });
  }

  /** Facts come in groups: a message is a JSON array of bodies. One that is not holds none: it would block its readers. */
  read({ subject, data, headers }: FactMessage): readonly ReadFact[] {
    const messageId = headers?.get(headerNames.messageId) ?? '';
    const known = this.#groups.get(messageId);
    if (known !== undefined) {
      known.awaited -= 1;
      if (known.awaited <= 0) this.#forget(messageId, known);
      return known.facts;
    }
    const facts = readGroup(subject, data);
    const awaited = this.#readersOf(subject) - 1;
    if (messageId !== '' && awaited > 0) this.#keep(messageId, { facts, awaited });
    return facts;
  }

  #readersOf(subject: string): number {
    let count = 0;
    for (const [filter, readers] of this.#readers) {
      const isHeard = filter.endsWith('>') ? subject.startsWith(filter.slice(0, -1)) : subject === filter;
      if (isHeard) count += readers;
    }
    return count;
  }

  #keep(messageId: string, group: Group): void {
    if (this.#groups.has(messageId)) return;
    this.#groups.set(messageId, group);
    this.#kept += group.facts.length;
    for (const [oldest, old] of this.#groups) {
      if (this.#kept <= MOST_KEPT) break;
      this.#forget(oldest, old);
    }
  }

  #forget(messageId: string, { facts }: Group): void {
    this.#groups.delete(messageId);
    this.#kept -= facts.length;
  }
}
