import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import { DeleteResponse, GetResponses, SaveResponse, type StoredResponse } from '@skein/contracts/records';
import type { CallContext } from '@skein/contracts/wire';
import { isObject, itemsOf, objectOf, type JsonObject } from '@skein/contracts/openai';
import { responseOfItem, isItem, type InputItem } from '@skein/contracts/responses';
import { readPage } from '../batches/read-page.js';

const STORE_MS = 5_000;
const MOST_ITEMS = 100;

/** As the query of the HTTP door says it. */
export interface ItemsPage {
  readonly limit?: string;
  readonly after?: string;
  readonly order?: string;
}

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

  /** A page of a response's input, the newest first unless it is asked for otherwise. Throws `not_found`. */
  async inputItems(tenant: string, id: string, asked: ItemsPage): Promise<JsonObject> {
    const { limit, after } = readPage(asked, MOST_ITEMS);
    const { input } = await this.get(tenant, id);
    const items = input.map((item, place) => ({ id: `item_${place}`, type: 'message', ...objectOf(item) }));
    if (readOrder(asked.order) === 'desc') items.reverse();
    const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
    if (after !== null && start === 0) {
      throw new SkeinError('invalid_request', `after: there is no item "${after}"`, { param: 'after' });
    }
    const data = items.slice(start, start + limit);
    return {
      object: 'list',
      data,
      has_more: start + limit < items.length,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    };
  }

  /** All items of the conversation up to and with a response. Throws `not_found` naming the field it was given in. */
  async itemsUpTo(tenant: string, id: string): Promise<readonly JsonObject[]> {
    const call = this.bus.call(GetResponses, { tenant, id, chain: true }, contextOf(tenant));
    const { responses } = await asked(call).catch((thrown: unknown) => {
      const error = toSkeinError(thrown);
      if (error.code !== 'not_found') throw error;
      const isGone = error.param !== 'previous_id';
      throw new SkeinError('not_found', isGone ? `Previous response with id '${id}' not found.` : error.message, {
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

  /** The items with each reference to one of a kept response replaced by what it names; others stay, to be refused by name. */
  async withReferred(tenant: string, items: readonly InputItem[]): Promise<InputItem[]> {
    const outputs = new Map<string, Promise<readonly InputItem[]>>();
    const outputOf = (response: string) => {
      const known = outputs.get(response) ?? this.#outputOf(tenant, response);
      outputs.set(response, known);
      return known;
    };
    const find = async (item: InputItem): Promise<InputItem> => {
      const { type, id } = item;
      const response = type === 'item_reference' && typeof id === 'string' ? responseOfItem(id) : null;
      if (response === null) return item;
      return (await outputOf(response)).find((kept) => kept.id === id) ?? item;
    };
    return Promise.all(items.map(find));
  }

  /** None where the response is not there. */
  async #outputOf(tenant: string, id: string): Promise<readonly InputItem[]> {
    try {
      return itemsOf((await this.get(tenant, id)).response['output']).filter(isItem);
    } catch (thrown) {
      if (toSkeinError(thrown).code === 'not_found') return [];
      throw thrown;
    }
  }

  /** Throws `not_found`. */
  async delete(tenant: string, id: string): Promise<void> {
    await asked(this.bus.call(DeleteResponse, { tenant, id }, contextOf(tenant)));
  }
}

function readOrder(order = 'desc'): 'asc' | 'desc' {
  if (order === 'asc' || order === 'desc') return order;
  throw new SkeinError('invalid_request', 'order: must be "asc" or "desc"', { param: 'order' });
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
