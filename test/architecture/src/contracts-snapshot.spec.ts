import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeContracts } from './describe-contracts.js';
import { readJson, root } from './repository.js';

const FILE = 'test/architecture/contracts.snapshot.json';
const HOW = `The wire between rooms has changed. If that is meant, run the architecture specs once with UPDATE_CONTRACTS=1 and commit ${FILE}, so that the change is read in the diff.`;

type Description = Awaited<ReturnType<typeof describeContracts>>;

describe('the contracts', () => {
  let now: Description;
  beforeAll(async () => {
    now = await describeContracts();
    if (process.env['UPDATE_CONTRACTS'] === '1') {
      writeFileSync(join(root, FILE), `${JSON.stringify(now, null, 1)}\n`);
    }
  });

  it('are those of the committed snapshot', () => {
    const committed = existsSync(join(root, FILE)) ? (readJson(FILE) as Description) : {};
    const changed = namesOf(now, committed).filter(
      ([entry, name]) => JSON.stringify(now[entry]?.[name]) !== JSON.stringify(committed[entry]?.[name]),
    );
    const told = changed.map(([entry, name]) => `${entry}/${name}`);
    expect({ changed: told, ...(told.length > 0 && { how: HOW }) }).toEqual({ changed: [] });
  });

  it('say their subject, both schemas and their errors', () => {
    expect(now['router']?.['DecideRoute']).toMatchObject({
      maker: 'rpc',
      subject: 'skein.rpc.router.decide.v1',
      request: { type: 'object', required: expect.arrayContaining(['tenant', 'features']) },
      reply: { type: 'object' },
      errors: expect.arrayContaining(['no_admissible_model']),
    });
    expect(now['provider']?.['runAttemptAt']).toMatchObject({ subject: 'skein.rpc.provider.VENDOR.attempt.v1' });
    expect(now['attempt']?.['AttemptFinished']).toMatchObject({ maker: 'fact', body: { type: 'object' } });
    expect(now['wire']?.['frameKinds']).toMatchObject({ chunk: 1 });
  });

  it('each have a subject of their own, named by the rules', () => {
    const subjects = Object.values(now).flatMap((entry) =>
      Object.values(entry).flatMap((value) => {
        const contract = value as { maker?: string; subject?: string } | null;
        return contract?.maker !== undefined && contract.subject !== undefined ? [contract.subject] : [];
      }),
    );
    expect(subjects.length).toBeGreaterThan(15);
    expect(subjects.filter((subject, index) => subjects.indexOf(subject) !== index)).toEqual([]);
    const isNamedByTheRules = /^skein\.(?:rpc\.[a-z]+(?:\.[A-Z]+)?\.[a-z_]+|fact\.[a-z]+\.[a-z]+)\.v\d+$/;
    expect(subjects.filter((subject) => !isNamedByTheRules.test(subject))).toEqual([]);
  });
});

function namesOf(...descriptions: Description[]): [entry: string, name: string][] {
  const names = descriptions.flatMap((description) =>
    Object.entries(description).flatMap(([entry, exported]) => Object.keys(exported).map((name) => `${entry} ${name}`)),
  );
  return [...new Set(names)].sort().map((both) => both.split(' ') as [string, string]);
}
