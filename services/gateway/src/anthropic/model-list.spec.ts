import { describe, expect, it } from '@jest/globals';
import { catalog } from '@skein/catalog';
import { modelPage } from './model-list.js';

const ids = ['a', 'b', 'c', 'd'];
const page = (query: object) => {
  const { data, ...rest } = modelPage(ids, query, catalog);
  return { ids: data.map(({ id }) => id), ...rest };
};

describe('a page of models', () => {
  it.each([
    [{}, { ids, first_id: 'a', last_id: 'd', has_more: false }],
    [{ limit: '2' }, { ids: ['a', 'b'], first_id: 'a', last_id: 'b', has_more: true }],
    [
      { limit: '2', after_id: 'b' },
      { ids: ['c', 'd'], first_id: 'c', last_id: 'd', has_more: false },
    ],
    [
      { limit: '2', before_id: 'd' },
      { ids: ['b', 'c'], first_id: 'b', last_id: 'c', has_more: true },
    ],
    [{ after_id: 'd' }, { ids: [], first_id: null, last_id: null, has_more: false }],
  ])('for %j', (query, expected) => {
    expect(page(query)).toEqual(expected);
  });

  it.each([
    ['limit', { limit: '0' }],
    ['after_id', { after_id: 'z' }],
  ])('is refused for a bad %s', (param, query) => {
    expect(() => page(query)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});
