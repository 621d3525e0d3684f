import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { DeleteResponse, GetResponses, SaveResponse, type StoredResponse } from '@skein/contracts/records';
import type { CallContext } from '@skein/contracts/wire';
import { isObject, itemsOf, type JsonObject } from '../anthropic/json.js';

const STORE_MS = 5_000;

/** The gateway's way to responses that are kept, in the records room. */
@Injectable()
export class StoredResponses {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  async save(tenant: string, stored: StoredResponse): Promise<void> {
    await asked(this.bus.call(SaveResponse, { tenant, ...stored }, contextOf(tenant)));
  }

  /** Throws `not_found`. */
  async get(tenant: string, id: string): Promise<StoredResponse> {
    const { responses } = await asked(this.bus.call(GetResponses, { tenant, id, chain: false }, contextOf(tenant)));
    const [found] = responses;
    if (found === undefined) throw new SkeinError('not_found', `There is no response "${id}".`, { param: 'id' });
    return found;
  }

  /** All items of the conversation up to and with a response. Throws `not_found` naming the field it was given in. */
  async itemsUpTo(tenant: string, id: string): Promise<readonly JsonObject[]> {
    const call = this.bus.call(GetResponses, { tenant, id, chain: true }, contextOf(tenant));
    const { responses } = await asked(call).catch((thrown: unknown) => {
      const error = toSkeinError(thrown);
      if (error.code !== 'not_found') throw error;
      throw new SkeinError('not_found', `Previous response with id '${id}' not found.`, {
        param: 'previous_response_id',
      });
    });
    const last = responses.at(-1);
    if (last?.response['status'] === 'queued' || last?.response['status'] === 'in_progress') {
      throw new SkeinError('invalid_request', `previous_response_id: ${id} is still under way`, {
        param: 'previous_response_id',
      });
    }
    return responses.flatMap(({ input, response }) => [...input, ...itemsOf(response['output'])]).filter(isObject);
  }

  /** Throws `not_found`. */
  async delete(tenant: string, id: string): Promise<void> {
    await asked(this.bus.call(DeleteResponse, { tenant, id }, contextOf(tenant)));
  }
}

async function asked<Reply>(call: Promise<Reply>): Promise<Reply> {
  return call.catch((thrown: unknown) => {
    const error = toSkeinError(thrown);
    if (error.code !== 'no_responders') throw error;
    throw new SkeinError('unavailable', 'The records room, which keeps responses, is not running at the moment', {
      retryAfterMs: 1_000,
      cause: error,
    });
  });
}

function contextOf(tenant: string): CallContext {
  return { requestId: newId('req'), tenant, deadline: performance.now() + STORE_MS };
}
