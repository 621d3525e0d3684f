import type { Logger } from '@skein/telemetry';
import type { EventsRepository } from './events.repository.js';

/** Pieces of an answer are written down together, at most so far apart, ms. */
const GATHER_MS = 100;
/** Enough for a moment without PostgreSQL; beyond it the stream has a gap, the job's result does not. */
const MOST_UNWRITTEN = 20_000;

/** Writes the pieces of one run's streamed answer down, in order, while it goes on. */
export class ChunkLog {
  #unwritten: unknown[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly events: EventsRepository,
    private readonly logger: Logger,
    private readonly run: { readonly id: string; readonly epoch: number },
  ) {}

  take(chunk: unknown): void {
    if (this.#unwritten.length < MOST_UNWRITTEN) this.#unwritten.push(chunk);
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Resolves when everything taken so far is written, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunks = this.#unwritten;
    this.#unwritten = [];
    if (chunks.length === 0) return this.#writing;
    this.#writing = this.#writing
      .then(() => this.events.keepChunks(this.run.id, this.run.epoch, chunks))
      .catch((error: unknown) =>
        this.logger.warn({ err: error, job: this.run.id, chunks: chunks.length }, 'pieces of an answer were not kept'),
      );
    return this.#writing;
  }
}
