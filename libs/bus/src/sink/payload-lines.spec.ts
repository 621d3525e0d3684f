import { describe, expect, it } from '@jest/globals';
import { PayloadLines } from './payload-lines.js';

const textsOf = (lines: PayloadLines) => lines.payloads.map((payload) => Buffer.from(payload).toString());

describe('payloads kept as lines', () => {
  it('are given back each by itself and all together, however long', () => {
    const lines = new PayloadLines();
    const said = ['{"a":1}', '', 'x'.repeat(3_000), 'two\nlines', 'Grüße'];
    for (const text of said) lines.add(Buffer.from(text));
    expect(textsOf(lines)).toEqual(said);
    expect(Buffer.from(lines.bytes).toString()).toBe(said.join('\n'));
  });

  it('are copies: what a socket read may be used again', () => {
    const lines = new PayloadLines();
    const read = Buffer.from('first');
    lines.add(read);
    read.fill(0);
    expect(textsOf(lines)).toEqual(['first']);
  });

  it('are let go of', () => {
    const lines = new PayloadLines();
    lines.add(Buffer.from('first'));
    lines.clear();
    expect([lines.count, lines.bytes.length]).toEqual([0, 0]);
    lines.add(Buffer.from('second'));
    expect(textsOf(lines)).toEqual(['second']);
  });
});
