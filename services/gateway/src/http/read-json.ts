import { RequestBody } from '@skein/contracts/wire';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { invalidField } from '@skein/contracts/errors';

/** Parses and checks a JSON body of our own API. Throws `invalid_request` naming the field; unknown fields are refused. */
export function readJson<Value>(request: FastifyRequest, schema: z.ZodType<Value>): Value {
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
  const parsed = schema.safeParse(new RequestBody(bytes).json);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}
