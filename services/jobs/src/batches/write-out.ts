import { Inject, Injectable } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import { newId } from '@skein/bus';
import { FILE_PART_BYTES } from '@skein/contracts/jobs';
import type { Logger } from '@skein/telemetry';
import { FilesRepository } from '../files/files.repository.js';
import type { Batch, BatchEnd } from './batch.js';
import { BatchesRepository } from './batches.repository.js';
import { LinesRepository } from './lines.repository.js';
import type { BatchEvent } from './next-batch-status.js';
import { toResultLine } from './result-line.js';

const eventOf: Record<BatchEnd, BatchEvent> = { completed: 'complete', expired: 'expire', cancelled: 'call_off' };

/** Writes the results of a batch that has run, in the order of its lines, into an output and an error file. */
@Injectable()
export class WriteOut {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(FilesRepository) private readonly files: FilesRepository,
    @Inject(BatchesRepository) private readonly batches: BatchesRepository,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
  ) {}

  /**
   * May be broken off and begun anew: the files of the newest writer are the batch's, others are swept away. False when
   * another writer has taken over.
   */
  async run(id: string, signal: AbortSignal): Promise<boolean> {
    const batch = await this.batches.raiseEpoch(id, 'finalizing');
    if (batch === null) return false;
    await this.lines.survey(batch);
    const output = new GrowingFile(this.files, batch, 'output');
    const errors = new GrowingFile(this.files, batch, 'error');
    for await (const some of this.lines.ended(id)) {
      signal.throwIfAborted();
      for (const line of some) {
        const { file, text } = toResultLine(id, line);
        await (file === 'output' ? output : errors).write(text);
      }
    }
    await Promise.all([output.flush(), errors.flush()]);
    return this.#publish(batch, output, errors);
  }

  /** The files and the end of the batch are seen at once. */
  async #publish(batch: Batch, output: GrowingFile, errors: GrowingFile): Promise<boolean> {
    const after = await this.batches.publish(batch, eventOf[batch.endsAs ?? 'completed'], { output, errors });
    if (after !== null) this.logger.info({ batch: batch.id, as: after.status }, 'a batch was written out');
    return after !== null;
  }
}

/** A file that is made when there is something to write, and written part by part. */
class GrowingFile {
  id: string | null = null;
  parts = 0;
  /** One part, filled anew for each: what is written out is many times as long. */
  readonly #part = Buffer.allocUnsafeSlow(FILE_PART_BYTES);
  #bytes = 0;

  constructor(
    private readonly files: FilesRepository,
    private readonly batch: Batch,
    private readonly kind: 'output' | 'error',
  ) {}

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length;) {
      const copied = bytes.copy(this.#part, this.#bytes, from);
      from += copied;
      this.#bytes += copied;
      if (this.#bytes === FILE_PART_BYTES) await this.#putPart();
    }
  }

  async flush(): Promise<void> {
    if (this.#bytes > 0) await this.#putPart();
  }

  async #putPart(): Promise<void> {
    const { tenant } = this.batch.caller;
    this.id ??= (
      await this.files.create({
        id: newId('file'),
        tenant,
        filename: `${this.batch.id}_${this.kind}.jsonl`,
      })
    ).id;
    await this.files.append(tenant, this.id, this.parts, this.#part.subarray(0, this.#bytes));
    this.parts += 1;
    this.#bytes = 0;
  }
}
