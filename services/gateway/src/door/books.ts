import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { BUS, LOGGER } from '@skein/boot';
import { keepAnswer, type Bus } from '@skein/bus';
import { inputTokens, outputTokens } from '@skein/contracts/attempt';
import type { Logger } from '@skein/telemetry';
import { closeBooks, type FinishedChat } from './close-books.js';

/** How long the books of an answer stay open. */
const GATHER_MS = 10;

/**
 * What nobody waits for once an answer is over. At once it gives back what it held of its limits, and goes to the cache: the
 * next question may be the same. The rest is done for all answers of some milliseconds together, so that it stands in
 * nobody's way but now and then, and runs warm.
 */
@Injectable()
export class Books implements OnApplicationShutdown {
  #open: FinishedChat[] = [];
  #isLeaving = false;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  close(finished: FinishedChat): void {
    const used = finished.end.usage?.usage ?? null;
    void finished.chat.admission.release(used === null ? undefined : inputTokens(used) + outputTokens(used));
    keepAnswer(this.bus, { ...finished, order: finished.chat.order, answer: finished.end });
    this.#open.push(finished);
    if (this.#isLeaving) this.#closeAll();
    else if (this.#open.length === 1) setTimeout(() => this.#closeAll(), GATHER_MS);
  }

  /** The door is closed: what is left is told before the bus goes. */
  onApplicationShutdown(): void {
    this.#isLeaving = true;
    this.#closeAll();
  }

  #closeAll(): void {
    const over = this.#open;
    this.#open = [];
    for (const finished of over) void closeBooks(this.bus, this.logger, finished);
  }
}
