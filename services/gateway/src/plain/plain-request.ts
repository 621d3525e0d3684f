/** What every operation but chat is asked with: the body goes on as it came, and this is what the door itself needs of it. */
import { SkeinError, invalidField } from '@skein/contracts/errors';
import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { refuseFile } from '../door/read-chat.js';

export interface PlainRequest {
  readonly model: string;
  readonly user: string | undefined;
  readonly metadata: Record<string, unknown> | null | undefined;
  /** What is sent, in tokens, roughly: for limits and for the expected cost. */
  readonly inputTokens: number;
  /** Of the answer; of a stream of events it is what they hold. */
  readonly contentType: string;
  /** How the answer is shown as it comes; null: it is waited for and shown whole. */
  readonly streamed: StreamedForm | null;
  /** What goes on in place of the body as it came. */
  readonly canonical?: RequestBody;
}

/** Bytes of sound as they are, or events, each a JSON object. */
export type StreamedForm = 'sound' | 'events';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Fields that every plain operation has. */
export const commonFields = {
  model: z.string({ error: 'must be the name of a model' }).min(1, 'must be the name of a model'),
  user: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
};

/** Checks a body. Throws `invalid_request` naming the field. */
export function readWith<Value>(schema: z.ZodType<Value>, body: RequestBody, mayHaveFile = false): Value {
  if (!mayHaveFile) refuseFile(body);
  const parsed = schema.safeParse(body.json);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}

/** UTF-8 bytes over four: near enough for limits, in any script. */
export function roughTokens(texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 4);
}

/** The refusal of a field that asks for what is not done here. */
export function refuseField(param: string, why: string): SkeinError {
  return new SkeinError('invalid_request', `${param}: ${why}`, { param });
}
