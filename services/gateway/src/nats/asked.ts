/** What is asked over NATS and answered with one JSON reply, and how its fields are read. */
import type { KeyRecord } from '@skein/contracts/billing';
import { z } from 'zod';
import { invalidField } from '@skein/contracts/errors';
import { type DoorHeaders } from '../door/read-chat.js';

export interface Asked {
  /** The parsed body; an empty one is an empty object. */
  readonly body: unknown;
  readonly key: KeyRecord;
  readonly headers: DoorHeaders;
  readonly traceparent: string | undefined;
}

/** Gives the reply, or throws the caller's `SkeinError`. */
export type Answer = (asked: Asked) => unknown;

/** Checks a body of our own API. Throws `invalid_request` naming the field; unknown fields are refused. */
export function readAsked<Value>({ body }: Pick<Asked, 'body'>, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}

const address = z.strictObject({ id: z.string().min(1) });

/** The `id` of what is asked for. */
export const idOf = (asked: Pick<Asked, 'body'>): string => readAsked(asked, address).id;

/** Numbers and texts alike: over HTTP they come in a query. */
const queryText = z.union([z.string(), z.number()]).transform(String).optional();

/** The paging of a list, and fields that its list has beside. */
export const pageFields = { limit: queryText, after: z.string().optional() };
export const pageRequest = z.strictObject(pageFields);
