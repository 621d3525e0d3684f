import { z } from 'zod';
import { rpc } from '../make/makers.js';

/** A response that its caller wants kept: what was asked, and what came of it, in OpenAI's own words. */
export const storedResponse = z.object({
  id: z.string(),
  /** The response it goes on from. */
  previous_id: z.string().nullable(),
  /** Items of this turn's input. */
  input: z.array(z.unknown()),
  /** The Response object; its `output` is this turn's. */
  response: z.record(z.string(), z.unknown()),
});
export type StoredResponse = z.infer<typeof storedResponse>;

/** Keeps a response of a tenant, or what has become of it since. */
export const SaveResponse = rpc({
  subject: 'skein.rpc.records.save_response.v1',
  request: storedResponse.extend({ tenant: z.string() }),
  reply: z.object({}),
  errors: ['unavailable'],
  deadlineMs: 5_000,
});

/** A response of a tenant; with `chain`, those it goes on from before it, the oldest first. */
export const GetResponses = rpc({
  subject: 'skein.rpc.records.get_responses.v1',
  request: z.object({ tenant: z.string(), id: z.string(), chain: z.boolean() }),
  reply: z.object({ responses: z.array(storedResponse).min(1) }),
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});

/** Forgets a response. */
export const DeleteResponse = rpc({
  subject: 'skein.rpc.records.delete_response.v1',
  request: z.object({ tenant: z.string(), id: z.string() }),
  reply: z.object({}),
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});
