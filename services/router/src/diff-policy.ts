import type { PolicyChange, PolicyDocument } from '@skein/contracts/router';

/** Every field that differs, by its path, lists of plain values as one field; sorted by path. */
export function diffPolicies(before: PolicyDocument, after: PolicyDocument): PolicyChange[] {
  const old = fieldsOf(before, '');
  const now = fieldsOf(after, '');
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .sort()
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }));
}

function fieldsOf(value: unknown, path: string, into = new Map<string, string>()): Map<string, string> {
  const isBranch = typeof value === 'object' && value !== null;
  const inner = isBranch ? Object.entries(value) : [];
  if (!isBranch || inner.length === 0 || (Array.isArray(value) && value.every((item) => typeof item !== 'object'))) {
    if (value !== undefined) into.set(path, JSON.stringify(value));
    return into;
  }
  for (const [key, field] of inner) fieldsOf(field, path === '' ? key : `${path}.${key}`, into);
  return into;
}
