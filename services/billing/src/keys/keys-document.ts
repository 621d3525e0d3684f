// The shape of SKEIN_CONFIG: tenants → projects → users → keys. Strict: an unknown field is a mistake worth a sentence.
import { z } from 'zod';

const HOW_TO_HASH =
  'hash it and write `sha256:<hex>`; the hex is what `printf %s "$KEY" | sha256sum` prints (or in Node: ' +
  '`createHash("sha256").update(key).digest("hex")`)';

/** Only hashes are taken: a file with keys in the clear would be a secret, one with hashes is not. The key is never echoed. */
const hashedKey = z.string().transform((written, context): string => {
  const hash = /^sha256:([0-9a-fA-F]{64})$/.exec(written)?.[1];
  if (hash !== undefined) return hash.toLowerCase();
  context.addIssue({ code: 'custom', message: `${whatIsWrong(written)}; ${HOW_TO_HASH}` });
  return z.NEVER;
});

function whatIsWrong(written: string): string {
  if (written.startsWith('sha256:')) return 'a SHA-256 hash is 64 hexadecimal digits';
  if (written.startsWith('env:')) return 'keys are not read from the environment';
  return 'a key is not kept in the clear';
}

const limit = z.int('must be a whole number').positive('must be at least 1, or left out for no limit');

/** Left out: no limit. */
const limits = z.strictObject({
  requests_per_minute: limit.optional(),
  tokens_per_minute: limit.optional(),
  in_flight: limit.optional(),
});
export type WrittenLimits = z.infer<typeof limits>;

/** Ids become parts of NATS subjects, where dots, blanks and wildcards mean something else. */
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"');

const key = z.strictObject({
  id,
  key: hashedKey,
  /** May use the operators' endpoints. */
  admin: z.boolean().default(false),
  limits: limits.optional(),
});
export type WrittenKey = z.infer<typeof key>;

const keys = z.array(key).default([]);
const user = z.strictObject({ keys });
const project = z.strictObject({ keys, users: z.record(id, user).default({}) });
const tenant = z.strictObject({
  limits: limits.optional(),
  keys,
  users: z.record(id, user).default({}),
  projects: z.record(id, project).default({}),
});

export const keysDocument = z.strictObject({ tenants: z.record(id, tenant) });
export type KeysDocument = z.infer<typeof keysDocument>;
