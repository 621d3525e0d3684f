import { Controller, Inject } from '@nestjs/common';
import { Serves } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import { DeleteResponse, GetResponses, SaveResponse, type StoredResponse } from '@skein/contracts/records';
import type { z } from 'zod';
import { ResponsesRepository } from './responses.repository.js';

/** Keeps what the Responses API promises to keep. */
@Controller()
export class ResponsesController {
  constructor(@Inject(ResponsesRepository) private readonly responses: ResponsesRepository) {}

  @Serves(SaveResponse)
  async save({ tenant, ...stored }: z.infer<typeof SaveResponse.request>): Promise<Record<string, never>> {
    await this.responses.save(tenant, stored);
    return {};
  }

  @Serves(GetResponses)
  async get({ tenant, id, chain }: z.infer<typeof GetResponses.request>): Promise<{ responses: StoredResponse[] }> {
    const responses = await this.responses.find(tenant, id, chain);
    if (responses.length === 0) throw missing(id);
    return { responses };
  }

  @Serves(DeleteResponse)
  async delete({ tenant, id }: z.infer<typeof DeleteResponse.request>): Promise<Record<string, never>> {
    if (!(await this.responses.delete(tenant, id))) throw missing(id);
    return {};
  }
}

const missing = (id: string) => new SkeinError('not_found', `There is no response "${id}".`, { param: 'id' });
