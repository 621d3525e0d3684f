import { describe, expect, it } from '@jest/globals';
import { openLine } from './call-vendor.js';
import { KeyRing } from './key-ring.js';
import { SiteRing, type Site } from './sites.js';

const site = (id: string, weight = 1): Site => ({
  id,
  weight,
  keys: new KeyRing([id]),
  line: openLine('openai', 'http://127.0.0.1:1', 1),
});

describe('the places a vendor is called at', () => {
  it('take turns while none has more to do', () => {
    const ring = new SiteRing([site('a'), site('b'), site('c')]);
    expect([1, 2, 3, 4].map(() => ring.inOrder()[0].id)).toEqual(['a', 'b', 'c', 'a']);
    expect(ring.inOrder().map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  });

  it('share the work by weight, the least loaded first', () => {
    const ring = new SiteRing([site('small'), site('large', 3)]);
    const taken = Array.from({ length: 40 }, () => {
      const [first] = ring.inOrder();
      ring.enter(first);
      return first.id;
    });
    expect(taken.filter((id) => id === 'large')).toHaveLength(30);
    const [small] = ring.sites;
    for (let n = 0; n < 10; n++) ring.leave(small);
    expect(ring.inOrder()[0].id).toBe('small');
  });
});
