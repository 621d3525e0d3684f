import { describe, expect, it } from '@jest/globals';
import { readSince } from './since.js';

const now = new Date('2026-03-10T12:00:00Z');

describe('readSince', () => {
  it.each([
    ['90s', '2026-03-10T11:58:30.000Z'],
    ['30m', '2026-03-10T11:30:00.000Z'],
    ['24h', '2026-03-09T12:00:00.000Z'],
    ['7d', '2026-03-03T12:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T08:00:00+08:00', '2026-01-01T00:00:00.000Z'],
  ])('reads %s', (text, moment) => {
    expect(readSince(text, now).toISOString()).toBe(moment);
  });

  it.each(['yesterday', '', '24 hours', '5w'])('refuses %j', (text) => {
    expect(() => readSince(text, now)).toThrow('neither a moment');
  });
});
