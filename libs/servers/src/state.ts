// What outlives a run, in two files of the state directory: `servers.json` (port and process of each server) and
// `secrets.json` (passwords, readable by the owner alone). Both are read and replaced synchronously, whole.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';
import type { ServerName } from './types.js';

export interface ServerRecord {
  port: number;
  process?: ProcessIdentity;
}

export type SecretName = 'natsMesh' | 'natsCustomer' | 'natsSystem' | 'redis' | 'postgres';

export function readServerRecord(stateDir: string, name: ServerName): ServerRecord | undefined {
  return readJson<Partial<Record<ServerName, ServerRecord>>>(join(stateDir, 'servers.json'))[name];
}

export function readAllServerRecords(stateDir: string): ServerRecord[] {
  return Object.values(readJson<Record<string, ServerRecord>>(join(stateDir, 'servers.json')));
}

export function writeServerRecord(stateDir: string, name: ServerName, record: ServerRecord): void {
  const path = join(stateDir, 'servers.json');
  replaceJson(path, { ...readJson(path), [name]: record });
}

/** The remembered password of that name, or a new random one that is remembered from now on. */
export function readOrMakeSecret(stateDir: string, name: SecretName): string {
  const path = join(stateDir, 'secrets.json');
  const secrets = readJson<Partial<Record<SecretName, string>>>(path);
  const known = secrets[name];
  if (known !== undefined) return known;
  const made = randomBytes(24).toString('base64url');
  replaceJson(path, { ...secrets, [name]: made });
  return made;
}

/** Writes a file that only its owner may read. */
export function writePrivateFile(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}

function readJson<T extends object>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {} as T;
    throw new Error(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function replaceJson(path: string, value: object): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writePrivateFile(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, path);
}
