/** `<VENDOR>_DEPLOYMENTS`: several places a vendor is called at, each with its keys, as the operator lists them. */
import { parse } from 'yaml';
import { z } from 'zod';

const oneOrMore = z.union([z.string(), z.array(z.string().min(1))]);

const listed = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, { error: 'must be a short name' })
    .optional(),
  base_url: z.url({ protocol: /^(?:https?|wss?)$/, error: 'must be an http, https, ws or wss URL' }).optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, { error: 'must be the name of a region' })
    .optional(),
  /** One or several; none: those of `<VENDOR>_API_KEY`. */
  keys: oneOrMore.optional(),
  /** Its share of the attempts, against the others. */
  weight: z.number().positive().max(1_000).default(1),
});
export type ListedDeployment = z.infer<typeof listed>;

const list = z.array(listed).min(1, { error: 'must list at least one deployment' });

/** Reads the list from YAML or JSON. The schema of a setting: what is wrong with it is said without its content. */
export const deploymentList = z.string().transform((text, context): readonly ListedDeployment[] => {
  let told: unknown;
  try {
    told = parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is neither YAML nor JSON' });
    return z.NEVER;
  }
  const read = list.safeParse(told);
  if (!read.success) {
    for (const { path, message } of read.error.issues) {
      context.addIssue({ code: 'custom', message: `${path.join('.') || 'the list'}: ${message}` });
    }
    return z.NEVER;
  }
  const ids = read.data.map(({ id }, place) => id ?? String(place + 1));
  if (new Set(ids).size < ids.length) {
    context.addIssue({ code: 'custom', message: 'two deployments have the same id' });
    return z.NEVER;
  }
  return read.data;
});

/** Keys as an operator writes them: separated by commas, or one by one. */
export function readKeys(told: string | readonly string[] | undefined): string[] {
  const pieces = typeof told === 'string' ? told.split(',') : (told ?? []);
  return pieces.map((key) => key.trim()).filter((key) => key !== '');
}
