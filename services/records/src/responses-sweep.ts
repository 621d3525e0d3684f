import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import type { Logger } from '@skein/telemetry';
import { ResponsesRepository } from './responses.repository.js';

const SWEEP_EVERY_MS = 3_600_000;
/** Rows forgotten by one statement. */
const AT_ONCE = 1_000;

/**
 * Forgets responses that are kept no longer. What is due stands in the rows alone, so that a room that was down catches up
 * and several of them share the work; nobody is given what is due and still there.
 */
@Injectable()
export class ResponsesSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ResponsesRepository) private readonly responses: ResponsesRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const sweep = () =>
      void this.#sweep().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'old responses were not forgotten'),
      );
    this.#timer = setInterval(sweep, SWEEP_EVERY_MS).unref();
    sweep();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async #sweep(): Promise<void> {
    while ((await this.responses.forgetOld(AT_ONCE)) === AT_ONCE);
  }
}
