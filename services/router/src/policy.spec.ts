import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import { policyDocument } from '@skein/contracts/router';
import { policy, smallCatalog } from '../test/small-world.js';
import { compilePolicy } from './compile-policy.js';
import { describeProblems, readPolicy, revisionOf } from './read-policy.js';
import { defaultPolicy } from './default-policy.js';

const problemsIn = (yaml: string): readonly string[] => {
  const read = readPolicy(yaml);
  return 'problems' in read ? describeProblems(read.problems) : [];
};

describe('reading a policy', () => {
  it('takes YAML, with the schema’s defaults for what it leaves out', () => {
    const read = readPolicy('name: mine\ndefault: [openai/gpt-4o]\n');
    expect(read).toMatchObject({ revision: { policy: { name: 'mine', strategy: 'balanced', quality_floor: 6 } } });
  });

  it.each([
    ['a task it does not know', 'name: a\ndefault: [x]\ntasks: { cooking: [x] }', 'tasks'],
    ['a field it does not know', 'name: a\ndefault: [x]\nstratgy: balanced', 'stratgy'],
    ['a value outside its set', 'name: a\ndefault: [x]\nstrategy: cheapest', 'strategy'],
    ['an empty list', 'name: a\ndefault: []', 'default'],
    ['a wrong number', 'name: a\ndefault: [x]\ntimeouts: { call_ms: -1 }', 'timeouts.call_ms'],
  ])('refuses %s and names its place', (_what, yaml, path) => {
    expect(problemsIn(yaml).join('\n')).toContain(path);
  });

  it('refuses what is no YAML', () => {
    expect(problemsIn('name: [unclosed')).not.toEqual([]);
  });

  it('gives the same revision for the same words and another for others', () => {
    const revision = (yaml: string) => {
      const read = readPolicy(yaml);
      return 'revision' in read ? read.revision.revision : null;
    };
    expect(revision('name: a\ndefault: [x]')).toBe(revision('{"default":["x"],"name":"a"}'));
    expect(revision('name: a\ndefault: [x]')).not.toBe(revision('name: a\ndefault: [y]'));
  });
});

describe('compiling a policy', () => {
  const compiled = (text: Parameters<typeof policy>[0]) =>
    compilePolicy({ revision: 'r', policy: policy(text) }, smallCatalog);

  it('names the path of each name that leads nowhere, all at once', () => {
    const result = compiled({
      default: ['openai/big', 'nobody/x'],
      tasks: { qa: ['no-such-model'] },
      aliases: { a: ['nowhere/y'] },
    });
    expect(result.compiled).toBeNull();
    expect(result.problems.map(({ path }) => path)).toEqual(['default.1', 'tasks.qa.0', 'aliases.a.0']);
  });

  it('takes a model the catalogue lacks, when its vendor is known', () => {
    expect(compiled({ default: ['openai/brand-new'] }).compiled).not.toBeNull();
  });

  it('gives each name of a task the list of its nearest kin', () => {
    const result = compiled({ tasks: { coding: ['openai/big'] } });
    expect(result.compiled?.byTask.get('code')?.name).toBe('coding');
    expect(result.compiled?.byTask.get('code_generation')?.name).toBe('coding');
    expect(result.compiled?.byTask.has('translation')).toBe(false);
  });
});

describe('the built-in policy', () => {
  it('names only models the catalogue knows, with price and quality', () => {
    const result = compilePolicy(revisionOf(defaultPolicy), catalog);
    if (result.compiled === null) throw new Error(JSON.stringify(result.problems));
    const listed = [result.compiled.defaults, ...result.compiled.byTask.values()].flatMap((list) => list.listed);
    const unknown = listed.filter(
      ({ deployment: { record } }) => record === null || record.prices.length === 0 || record.quality === null,
    );
    expect(unknown.map(({ deployment }) => deployment.id)).toEqual([]);
    expect(listed.flatMap(({ notices }) => notices)).toEqual([]);
  });

  it('lists at least three vendors for every task', () => {
    for (const [task, names] of Object.entries({ ...defaultPolicy.tasks, default: defaultPolicy.default ?? [] })) {
      expect({ task, vendors: new Set(names.map((name) => name.split('/')[0])).size >= 3 }).toEqual({
        task,
        vendors: true,
      });
    }
  });

  it('is a document like any other', () => {
    expect(policyDocument.parse(defaultPolicy)).toEqual(defaultPolicy);
  });
});
