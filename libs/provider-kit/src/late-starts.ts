/**
 * Starts of attempts that somebody waits for. Nobody waits for such a start itself, so it is stated a moment later, and not
 * at all where its attempt has ended by then: the end tells everything of it, and a start after the end would be news of
 * something that is over.
 */
import { AttemptStarted, type AttemptStartedFact } from '@skein/contracts/attempt';
import type { Bus } from '@skein/bus';
import { toSkeinError } from '@skein/contracts/errors';
import type { Logger } from '@skein/telemetry';

/** A start is stated once it is this old, and before it is twice as old. */
const OLD_ENOUGH_MS = 50;

export class LateStarts {
  #older = new Map<string, AttemptStartedFact>();
  #newer = new Map<string, AttemptStartedFact>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly bus: Pick<Bus, 'state'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  begin(fact: AttemptStartedFact): void {
    this.#newer.set(fact.attempt_id, fact);
    this.#timer ??= setTimeout(() => this.#turn(), OLD_ENOUGH_MS).unref();
  }

  /** The attempt is about to state its end. */
  end(attemptId: string): void {
    if (!this.#newer.delete(attemptId)) this.#older.delete(attemptId);
  }

  #turn(): void {
    const due = [...this.#older.values()];
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#timer = this.#older.size === 0 ? null : setTimeout(() => this.#turn(), OLD_ENOUGH_MS).unref();
    due.forEach((fact, index) => {
      // They wait for one another, and the last of them for nobody: they travel as one message.
      this.bus.state(AttemptStarted, fact, index === due.length - 1 ? 'now' : 'soon').catch((thrown: unknown) => {
        const { code } = toSkeinError(thrown);
        this.logger.warn({ attempt_id: fact.attempt_id, code }, 'a start was not stated');
      });
    });
  }
}
