// A revision of all keys is made whole or not at all: from the document as written, plus the key of the local profile.
import { createHash } from 'node:crypto';
import type { KeyLimits, KeyRecord, KeysRevision } from '@skein/contracts/billing';
import { keysDocument, type KeysDocument, type WrittenKey, type WrittenLimits } from './keys-document.js';

export const LOCAL_TENANT = 'local';
const LOCAL_KEY_ID = 'dev';

/** Every problem of a document at once, each naming its path. Never carries a key. */
export class KeysDocumentError extends Error {
  override readonly name = 'KeysDocumentError';

  constructor(readonly problems: readonly string[]) {
    super(`The keys file cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * The revision that a parsed document (null: there is none) and the local profile's key (undefined: not the local profile)
 * make together. Its name is a hash of its content. Throws `KeysDocumentError`.
 */
export function toKeysRevision(document: unknown, devKey?: string): KeysRevision {
  const { tenants } = document === null ? { tenants: {} } : readDocument(document);
  const placed = listKeys({ tenants });
  if (devKey !== undefined) placed.push({ path: 'DEV_KEY', record: localKey(devKey) });
  refuseDoubles(placed);

  const keys = placed.map(({ record }) => record);
  const limits = Object.fromEntries(
    Object.entries(tenants).flatMap(([name, tenant]) => (tenant.limits ? [[name, toLimits(tenant.limits)]] : [])),
  );
  return { revision: sha256(JSON.stringify({ keys, limits })).slice(0, 16), keys, tenants: limits };
}

interface PlacedKey {
  readonly path: string;
  readonly record: KeyRecord;
}

function readDocument(document: unknown): KeysDocument {
  const parsed = keysDocument.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new KeysDocumentError(
    parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'the document'}: ${issue.message}`),
  );
}

function listKeys({ tenants }: KeysDocument): PlacedKey[] {
  return Object.entries(tenants).flatMap(([tenant, written]) => {
    const place = (keys: readonly WrittenKey[], path: string, project: string | null, user: string | null) =>
      keys.map((key, index) => ({ path: `${path}.keys.${index}`, record: toRecord(key, tenant, project, user) }));
    const root = `tenants.${tenant}`;
    return [
      ...place(written.keys, root, null, null),
      ...Object.entries(written.users).flatMap(([user, { keys }]) => place(keys, `${root}.users.${user}`, null, user)),
      ...Object.entries(written.projects).flatMap(([project, { keys, users }]) => {
        const path = `${root}.projects.${project}`;
        return [
          ...place(keys, path, project, null),
          ...Object.entries(users).flatMap(([user, of]) => place(of.keys, `${path}.users.${user}`, project, user)),
        ];
      }),
    ];
  });
}

function toRecord(key: WrittenKey, tenant: string, project: string | null, user: string | null): KeyRecord {
  return { id: key.id, sha256: key.key, tenant, project, user, admin: key.admin, limits: toLimits(key.limits) };
}

function localKey(devKey: string): KeyRecord {
  return {
    id: LOCAL_KEY_ID,
    sha256: sha256(devKey),
    tenant: LOCAL_TENANT,
    project: null,
    user: null,
    admin: true,
    limits: toLimits(),
  };
}

function toLimits(written: WrittenLimits = {}): KeyLimits {
  return {
    requests_per_minute: written.requests_per_minute ?? null,
    tokens_per_minute: written.tokens_per_minute ?? null,
    in_flight: written.in_flight ?? null,
  };
}

/** A key names one caller, and an id one key of its tenant: the ledger is read by them. */
function refuseDoubles(placed: readonly PlacedKey[]): void {
  const firstByName = new Map<string, string>();
  const problems: string[] = [];
  const note = (name: string, path: string, complaint: (first: string) => string): void => {
    const first = firstByName.get(name);
    if (first === undefined) firstByName.set(name, path);
    else problems.push(`${path}: ${complaint(first)}`);
  };
  for (const { path, record } of placed) {
    note(`id ${record.tenant} ${record.id}`, path, (first) => `the id "${record.id}" is already used by ${first}`);
    note(`key ${record.sha256}`, path, (first) => `this is the same key as ${first}`);
  }
  if (problems.length > 0) throw new KeysDocumentError(problems);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
