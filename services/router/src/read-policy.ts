import { createHash } from 'node:crypto';
import { policyDocument, type PolicyDocument, type PolicyRevision } from '@skein/contracts/router';
import { parseDocument } from 'yaml';

export type ReadPolicy = { readonly revision: PolicyRevision } | { readonly problems: readonly string[] };

/** Reads a policy from YAML (or JSON) text. Returns the problems, each with its path or line, when it is not one. */
export function readPolicy(text: string): ReadPolicy {
  const document = parseDocument(text);
  if (document.errors.length > 0) return { problems: document.errors.map(({ message }) => firstLine(message)) };
  const parsed = policyDocument.safeParse(document.toJS());
  if (!parsed.success) {
    return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'policy'}: ${message}`) };
  }
  return { revision: revisionOf(parsed.data, 'file') };
}

/** A policy under its revision: where it came from and a hash of all it says. */
export function revisionOf(policy: PolicyDocument, origin: 'file' | 'starter'): PolicyRevision {
  const digest = createHash('sha256').update(JSON.stringify(policy)).digest('hex');
  return { revision: `${origin}-${digest.slice(0, 12)}`, policy };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
