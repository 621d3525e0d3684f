import { describe, expect, it } from '@jest/globals';
import { coordinationValue } from './coordination.js';
import { drawFrom } from './hash.js';

const draw = drawFrom(1);
const fields = (...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

describe('a coordinating model', () => {
  it('rejects the first checks when told to, then passes', () => {
    const verdictOf = (check: number) =>
      coordinationValue(fields('pass', 'critique'), `Check number ${check}.`, draw, { rejects: 2 });
    expect([1, 2, 3].map(verdictOf)).toMatchObject([{ pass: false }, { pass: false }, { pass: true }]);
  });

  it('makes a plan that holds together, no longer than it may be', () => {
    const schema = { type: 'object', properties: { tasks: { type: 'array', maxItems: 5 } } };
    const { tasks } = coordinationValue(schema, '', draw, { rejects: 0 }) as {
      tasks: { id: string; needs: string[] }[];
    };
    expect(tasks).toHaveLength(3);
    expect(tasks[2]?.needs).toEqual([tasks[0]?.id, tasks[1]?.id]);
  });

  it('ends its turns in time', () => {
    const schema = fields('message', 'next', 'shared');
    Object.assign(schema.properties, { next: { enum: ['a', 'b', 'done'] } });
    const at = (turn: number) => coordinationValue(schema, `Turn ${turn} of 5.`, draw, { rejects: 0 });
    expect([1, 2, 3].map(at)).toMatchObject([{ next: 'b' }, { next: 'a' }, { next: 'done' }]);
  });

  it('says nothing to any other schema', () => {
    expect(coordinationValue(fields('pass'), '', draw, { rejects: 0 })).toBeUndefined();
  });
});
