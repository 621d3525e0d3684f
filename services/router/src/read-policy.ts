import { createHash } from 'node:crypto';
import { policyDocument, type PolicyDocument, type PolicyProblem, type PolicyRevision } from '@skein/contracts/router';
import { parseDocument } from 'yaml';

export type ReadPolicy = { readonly revision: PolicyRevision } | { readonly problems: readonly PolicyProblem[] };

/** Reads a policy from YAML (or JSON) text. Returns the problems, each with its path or line, when it is not one. */
export function readPolicy(text: string): ReadPolicy {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    return { problems: document.errors.map(({ message }) => problem('', firstLine(message))) };
  const parsed = policyDocument.safeParse(document.toJS());
  if (parsed.success) return { revision: revisionOf(parsed.data) };
  return {
    problems: parsed.error.issues.map((issue) => {
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const path = [...issue.path, ...unknown.slice(0, 1)].join('.');
      return problem(path, unknown.length > 0 ? 'is not a field of a policy' : issue.message);
    }),
  };
}

/** A policy under its revision: its name and a hash of all it says, so that the same words are the same revision. */
export function revisionOf(policy: PolicyDocument): PolicyRevision {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(policy)))
    .digest('hex');
  const name = policy.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return { revision: `${name || 'policy'}-${digest.slice(0, 12)}`, policy };
}

/** Lines for people. */
export function describeProblems(problems: readonly PolicyProblem[]): string[] {
  return problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

function problem(path: string, message: string): PolicyProblem {
  return { path, message, severity: 'error' };
}

/** The same value with the keys of its objects in order, so that how it was written does not count. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
