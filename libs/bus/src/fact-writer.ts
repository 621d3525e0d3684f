import { SkeinError } from '@skein/contracts/errors';
import type { Fact } from '@skein/contracts/make';
import type { StatedFact } from './heard-facts.js';
import { writeTailed } from './tailed-json.js';
import type { WheelTimer } from './timer-wheel.js';

/** Facts that wait for JetStream in this process; beyond it the mesh refuses work rather than lose money silently. */
export const FACT_BACKLOG = 10_000;
/** How long `state` waits for the acknowledgement before the backlog's safety has to do. */
const ACK_PATIENCE_MS = 2_000;
/** Keep a message well under a server's default limit of 1 MiB. */
const MAX_GROUP = 100;
const MAX_GROUP_CHARS = 128 * 1024;
/** A fact that nobody waits for travels with others, at most this much later. */
const GATHER_MS = 100;
const RETRY_MS = [100, 250, 500, 1_000, 2_000] as const;

interface Waiting extends StatedFact {
  readonly id: string;
  readonly done: () => void;
  readonly fail: (error: SkeinError) => void;
}

interface Lane {
  waiting: Waiting[];
  /** A group is under way, or leaves at the end of this turn of the event loop. */
  inFlight: boolean;
  /** The group under way was refused at least once: what is stated now is as safe as it will be. */
  isStuck: boolean;
  /** Set while facts that are in no hurry wait for company. */
  gathering: WheelTimer | null;
}

/** The server will never take a message as large as this, however often it is sent. */
export class FactTooLarge extends Error {
  override readonly name = 'FactTooLarge';
}

/** Publishes one message (a JSON array of these bodies) and resolves when JetStream has acknowledged it. */
export type PublishAcknowledged = (
  subject: string,
  messageId: string,
  group: string,
  facts: readonly StatedFact[],
) => Promise<void>;

/**
 * States facts in groups: what is stated within one turn of the event loop leaves together, and what gathers while one
 * publish is in flight goes in the next, so that an idle request waits one round trip and busy ones share it. A group that fails is sent again as it was, under the same message id, until it is
 * acknowledged or the process ends. One that is too large is taken apart, and the fact that is too large alone is given
 * back to whoever states it: it holds up nobody else.
 */
export class FactWriter {
  readonly #lanes = new Map<string, Lane>();
  #backlog = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(
    private readonly publish: PublishAcknowledged,
    private readonly after: (ms: number, run: () => void) => WheelTimer,
  ) {}

  get takesFacts(): boolean {
    return !this.#closed && this.#backlog < FACT_BACKLOG;
  }

  get backlog(): number {
    return this.#backlog;
  }

  /**
   * Resolves when the fact is acknowledged, or when it is safe in the backlog: after a bounded wait, or at once while
   * those before it are refused. `soon`: nobody waits for it, so it waits for company. Throws `unavailable` when the
   * backlog is full, `internal` for a fact that no message can carry.
   */
  async state<Body>(fact: Fact<Body>, body: Body, pace: 'now' | 'soon' = 'now'): Promise<void> {
    if (!this.takesFacts) {
      throw new SkeinError('unavailable', 'Facts cannot be stated: the event log has been away for too long', {
        retryAfterMs: 1_000,
      });
    }
    const json = writeFact(fact, body);
    this.#backlog += 1;
    await new Promise<void>((resolve, reject) => {
      const lane = this.#lane(fact.subject);
      const patience = this.after(lane.isStuck ? 0 : ACK_PATIENCE_MS, resolve);
      const done = () => {
        patience.cancel();
        resolve();
      };
      const fail = (error: SkeinError) => {
        patience.cancel();
        reject(error);
      };
      lane.waiting.push({ body, json, id: fact.idOf(body), done, fail });
      if (lane.inFlight) return;
      if (pace === 'now') void this.#run(fact.subject, lane);
      else lane.gathering ??= this.after(GATHER_MS, () => void this.#run(fact.subject, lane));
    });
  }

  /** Resolves when every stated fact is acknowledged, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    if (this.#backlog > 0) {
      await new Promise<void>((resolve) => {
        const patience = this.after(graceMs, resolve);
        this.#idle.push(() => {
          patience.cancel();
          resolve();
        });
      });
    }
    this.#closed = true;
  }

  #lane(subject: string): Lane {
    let lane = this.#lanes.get(subject);
    if (lane === undefined)
      this.#lanes.set(subject, (lane = { waiting: [], inFlight: false, isStuck: false, gathering: null }));
    return lane;
  }

  async #run(subject: string, lane: Lane): Promise<void> {
    lane.gathering?.cancel();
    lane.gathering = null;
    if (lane.inFlight) return;
    lane.inFlight = true;
    while (lane.waiting.length > 0) {
      await new Promise<void>((endOfTurn) => void setImmediate(endOfTurn));
      if (this.#closed) break;
      const group = lane.waiting.splice(0, groupSize(lane.waiting));
      await this.#handOver(subject, lane, group);
      this.#backlog -= group.length;
    }
    lane.inFlight = false;
    if (this.#backlog === 0) for (const wake of this.#idle.splice(0)) wake();
  }

  /** Settles each fact of a group. */
  async #handOver(subject: string, lane: Lane, group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    try {
      await this.#publishUntilAcknowledged(subject, `${first.id}+${group.length}`, lane, group);
    } catch {
      if (group.length === 1) return first.fail(new SkeinError('internal', 'A fact is larger than JetStream takes'));
      for (const entry of group) await this.#handOver(subject, lane, [entry]);
      return;
    }
    for (const entry of group) entry.done();
  }

  /** Throws `FactTooLarge` only. */
  async #publishUntilAcknowledged(
    subject: string,
    messageId: string,
    lane: Lane,
    group: readonly Waiting[],
  ): Promise<void> {
    const message = `[${group.map((entry) => entry.json).join(',\n')}]`;
    for (let attempt = 0; !this.#closed; attempt += 1) {
      try {
        await this.publish(subject, messageId, message, group);
        lane.isStuck = false;
        return;
      } catch (error) {
        if (error instanceof FactTooLarge) throw error;
        lane.isStuck = true;
        const pause = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 1_000;
        await new Promise<void>((resolve) => void this.after(pause, resolve));
      }
    }
  }
}

function writeFact<Body>({ tail }: Fact<Body>, body: Body): string {
  return tail === undefined ? JSON.stringify(body) : writeTailed(body as object, tail.name);
}

/** How many of those that wait fit into one message; one at least. */
function groupSize(waiting: readonly Waiting[]): number {
  let chars = 0;
  let size = 0;
  for (const { json } of waiting.slice(0, MAX_GROUP)) {
    chars += json.length;
    if (size > 0 && chars > MAX_GROUP_CHARS) break;
    size += 1;
  }
  return size;
}
