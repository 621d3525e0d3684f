import { Controller, Inject } from '@nestjs/common';
import { Serves, type ServedContext } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { toAbortSignal } from '@skein/contracts/wire';
import { GetRequest, type RequestRecord } from '@skein/contracts/records';
import type { z } from 'zod';
import { lookUntil } from './look-until.js';
import { RecordsRepository } from './records.repository.js';
import { toRequestRecord } from './to-request-record.js';

/** A customer who has just been answered may ask before the facts are here. */
const LOOK_EVERY_MS = 50;
const LOOK_FOR_MS = 1_500;

@Controller()
export class RecordsController {
  constructor(@Inject(RecordsRepository) private readonly records: RecordsRepository) {}

  @Serves(GetRequest)
  async get({ tenant, id }: z.infer<typeof GetRequest.request>, { signal }: ServedContext): Promise<RequestRecord> {
    const look = async (): Promise<RequestRecord | null> => {
      const { finished, attempts } = await this.records.find(tenant, id);
      return toRequestRecord(finished, attempts);
    };
    const isComplete = (seen: RequestRecord | null): boolean => seen !== null && seen.status !== 'running';
    const record = await lookUntil(look, isComplete, {
      everyMs: LOOK_EVERY_MS,
      forMs: LOOK_FOR_MS,
      signal: toAbortSignal(signal),
    });
    if (record === null) throw new SkeinError('not_found', `There is no request "${id}".`, { param: 'id' });
    return record;
  }
}
