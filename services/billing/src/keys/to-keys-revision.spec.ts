import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { KeysSnapshot } from '@skein/contracts/billing';
import { parse } from 'yaml';
import { KeysDocumentError, toKeysRevision } from './to-keys-revision.js';

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
const hashed = (key: string): string => `sha256:${hashOf(key)}`;
const none = { requests_per_minute: null, tokens_per_minute: null, in_flight: null };

const DOCUMENT = parse(`
tenants:
  acme:
    limits: { requests_per_minute: 600, in_flight: 50 }
    keys:
      - { id: ops, key: "${hashed('k-ops')}", admin: true }
    projects:
      search:
        keys:
          - { id: search-service, key: "${hashed('k-search')}", limits: { tokens_per_minute: 9000 } }
        users:
          ann:
            keys: [{ id: ann-laptop, key: "${hashed('k-ann').toUpperCase().replace('SHA256', 'sha256')}" }]
  globex:
    users:
      bob: { keys: [{ id: bob, key: "${hashed('k-bob')}" }] }
`) as unknown;

function problemsOf(document: unknown, devKey?: string): readonly string[] {
  try {
    toKeysRevision(document, devKey);
  } catch (error) {
    if (error instanceof KeysDocumentError) return error.problems;
    throw error;
  }
  return [];
}

describe('a revision of keys', () => {
  it('places every key under its tenant, project and user', () => {
    const { keys, tenants } = toKeysRevision(DOCUMENT);
    expect(keys).toEqual([
      { id: 'ops', sha256: hashOf('k-ops'), tenant: 'acme', project: null, user: null, admin: true, limits: none },
      {
        id: 'search-service',
        sha256: hashOf('k-search'),
        tenant: 'acme',
        project: 'search',
        user: null,
        admin: false,
        limits: { ...none, tokens_per_minute: 9000 },
      },
      {
        id: 'ann-laptop',
        sha256: hashOf('k-ann'),
        tenant: 'acme',
        project: 'search',
        user: 'ann',
        admin: false,
        limits: none,
      },
      { id: 'bob', sha256: hashOf('k-bob'), tenant: 'globex', project: null, user: 'bob', admin: false, limits: none },
    ]);
    expect(tenants).toEqual({ acme: { requests_per_minute: 600, tokens_per_minute: null, in_flight: 50 } });
  });

  it('is what every gateway can read', () => {
    const revision = toKeysRevision(DOCUMENT, 'sk-dev');
    expect(KeysSnapshot.body.parse(revision)).toEqual(revision);
  });

  it('adds the local key only when it is told one, as an admin without limits', () => {
    expect(toKeysRevision(DOCUMENT).keys.some((key) => key.tenant === 'local')).toBe(false);
    expect(toKeysRevision(DOCUMENT, 'sk-dev').keys.at(-1)).toEqual({
      id: 'dev',
      sha256: hashOf('sk-dev'),
      tenant: 'local',
      project: null,
      user: null,
      admin: true,
      limits: none,
    });
  });

  it('is empty where there is neither a file nor a local key', () => {
    expect(toKeysRevision(null)).toMatchObject({ keys: [], tenants: {} });
  });

  it('is named by its content', () => {
    expect(toKeysRevision(DOCUMENT).revision).toBe(toKeysRevision(structuredClone(DOCUMENT)).revision);
    expect(toKeysRevision(DOCUMENT).revision).not.toBe(toKeysRevision(DOCUMENT, 'sk-dev').revision);
  });

  it('keeps no key, only hashes', () => {
    expect(JSON.stringify(toKeysRevision(DOCUMENT, 'sk-dev'))).not.toContain('sk-dev');
  });

  it('is made from the example that is shipped', () => {
    const example: unknown = parse(readFileSync(new URL('../../example.skein-config.yaml', import.meta.url), 'utf8'));
    expect(toKeysRevision(example).keys.length).toBeGreaterThan(2);
  });
});

describe('a document that cannot be used', () => {
  const withKey = (key: unknown): unknown => ({ tenants: { acme: { keys: [{ id: 'a', key }] } } });

  it.each([
    ['a key in the clear', withKey('sk-secret'), ['tenants.acme.keys.0.key: a key is not kept in the clear']],
    ['a key by environment', withKey('env:KEY'), ['tenants.acme.keys.0.key: keys are not read from the environment']],
    ['a cut hash', withKey('sha256:abc'), ['tenants.acme.keys.0.key: a SHA-256 hash is 64 hexadecimal digits']],
    ['an unknown field', { tenants: { acme: { limit: {} } } }, ['tenants.acme: Unrecognized key: "limit"']],
    ['no tenants', {}, ['tenants: ']],
    ['text', 'hello', ['the document: ']],
    [
      'a limit of zero',
      { tenants: { acme: { limits: { in_flight: 0 } } } },
      ['tenants.acme.limits.in_flight: must be'],
    ],
    ['a tenant with a dot', { tenants: { 'a.b': {} } }, ['tenants.a.b: ']],
  ])('%s is named by its path', (_name, document, beginnings) => {
    const problems = problemsOf(document);
    expect(problems).toHaveLength(beginnings.length);
    beginnings.forEach((beginning, index) => expect(problems[index]?.slice(0, beginning.length)).toBe(beginning));
  });

  it('tells how to hash, and never shows the key', () => {
    const [problem] = problemsOf(withKey('sk-secret'));
    expect(problem).toContain('sha256sum');
    expect(problem).not.toContain('sk-secret');
  });

  it('lists every problem at once', () => {
    expect(problemsOf({ tenants: { acme: { keys: [{ id: 'a' }], colour: 'red' } }, extra: 1 })).toHaveLength(3);
  });

  it('refuses two keys of one id within a tenant, and one key twice anywhere', () => {
    const twice = {
      tenants: { a: { keys: [{ id: 'x', key: hashed('1') }] }, b: { keys: [{ id: 'x', key: hashed('1') }] } },
    };
    expect(problemsOf(twice)).toEqual(['tenants.b.keys.0: this is the same key as tenants.a.keys.0']);
    const sameId = {
      tenants: {
        a: {
          keys: [
            { id: 'x', key: hashed('1') },
            { id: 'x', key: hashed('2') },
          ],
        },
      },
    };
    expect(problemsOf(sameId)).toEqual(['tenants.a.keys.1: the id "x" is already used by tenants.a.keys.0']);
  });

  it('refuses a file that gives the local key to someone else', () => {
    const document = { tenants: { acme: { keys: [{ id: 'x', key: hashed('sk-dev') }] } } };
    expect(problemsOf(document, 'sk-dev')).toEqual(['DEV_KEY: this is the same key as tenants.acme.keys.0']);
  });
});
