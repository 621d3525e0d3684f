import { Inject, Injectable } from '@nestjs/common';
import { LOGGER } from '@skein/boot';
import { SkeinError } from '@skein/contracts/errors';
import { BATCH_MAX_LINES, type BatchLineError } from '@skein/contracts/jobs';
import type { Logger } from '@skein/telemetry';
import { FilesRepository } from '../files/files.repository.js';
import type { Batch } from './batch.js';
import { BatchesRepository } from './batches.repository.js';
import { LinesRepository } from './lines.repository.js';
import { readLine, type BatchLine } from './read-line.js';
import { splitLines } from './split-lines.js';

const BLOCK_LINES = 500;
const BLOCK_BYTES = 1_048_576;
/** More are not told: whoever has so many has one mistake, many times. */
const TOLD_ERRORS = 50;

/** Reads a batch's file into lines. Every line is checked before any is run; one that is wrong refuses the batch. */
@Injectable()
export class ReadIn {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(FilesRepository) private readonly files: FilesRepository,
    @Inject(BatchesRepository) private readonly batches: BatchesRepository,
    @Inject(LinesRepository) private readonly lines: LinesRepository,
  ) {}

  /**
   * May be broken off and begun anew: only what the newest reader puts in counts. False when another has taken over, or the
   * batch was cancelled meanwhile. Throws when `signal` aborts.
   */
  async run(id: string, signal: AbortSignal): Promise<boolean> {
    const batch = await this.batches.raiseEpoch(id, 'validating');
    if (batch === null) return false;
    await this.lines.clear(id);
    const read = await this.#read(batch, signal);
    if (read === 'superseded') return false;
    const { total, errors } = read;
    if (errors.length > 0) {
      await this.batches.move(id, 'refuse', { epoch: batch.epoch, errors });
      await this.lines.clear(id);
    } else {
      await this.lines.survey({ total });
      await this.batches.move(id, 'run', { epoch: batch.epoch, total });
    }
    this.logger.info({ batch: id, lines: total, errors: errors.length }, 'a batch was read in');
    return true;
  }

  async #read(batch: Batch, signal: AbortSignal): Promise<{ total: number; errors: BatchLineError[] } | 'superseded'> {
    const seen = new Set<string>();
    const errors: BatchLineError[] = [];
    let block: BatchLine[] = [];
    let blockBytes = 0;
    let lineNo = 0;
    const put = async (): Promise<boolean> => {
      signal.throwIfAborted();
      const counts = block.length === 0 || errors.length > 0 || (await this.lines.put(batch.id, batch.epoch, block));
      block = [];
      blockBytes = 0;
      return counts;
    };
    try {
      for await (const bytes of splitLines(this.files.parts(batch.caller.tenant, batch.inputFileId))) {
        lineNo += 1;
        const read = readLine(bytes, lineNo, batch.endpoint, seen);
        if ('blank' in read) continue;
        if ('error' in read) errors.push(read.error);
        else block.push(read.line);
        blockBytes += bytes.length;
        if (seen.size > BATCH_MAX_LINES) errors.push(tooMany);
        if (errors.length >= TOLD_ERRORS || seen.size > BATCH_MAX_LINES) break;
        const isFull = block.length >= BLOCK_LINES || blockBytes >= BLOCK_BYTES;
        if (isFull && !(await put())) return 'superseded';
      }
    } catch (error) {
      errors.push(fileError(error));
    }
    if (!(await put())) return 'superseded';
    if (seen.size === 0 && errors.length === 0) errors.push(empty);
    return { total: seen.size, errors };
  }
}

const tooMany = fileWide('too_many_requests', `A batch has at most ${BATCH_MAX_LINES} lines.`);
const empty = fileWide('empty_file', 'The input file has no request.');

function fileWide(code: string, message: string): BatchLineError {
  return { code, message, param: 'input_file_id', line: null };
}

/** What is the file's fault is told to the customer; anything else is thrown on, for another try. */
function fileError(error: unknown): BatchLineError {
  if (!(error instanceof SkeinError) || (error.code !== 'not_found' && error.code !== 'invalid_request')) throw error;
  return fileWide(error.code === 'not_found' ? 'file_not_found' : 'invalid_file', error.message);
}
