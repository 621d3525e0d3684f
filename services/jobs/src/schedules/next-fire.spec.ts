import { describe, expect, it } from '@jest/globals';
import { nextFire } from './next-fire.js';

const NOW = new Date('2025-03-29T12:34:56.000Z');

describe('the next moment of a schedule', () => {
  it.each([
    ['*/5 * * * *', 'UTC', '2025-03-29T12:35:00.000Z'],
    ['0 9 * * *', 'UTC', '2025-03-30T09:00:00.000Z'],
    // The clocks go forward that night.
    ['0 9 * * *', 'Europe/Berlin', '2025-03-30T07:00:00.000Z'],
    ['0 9 * * *', 'Asia/Kolkata', '2025-03-30T03:30:00.000Z'],
    ['*/10 * * * * *', 'UTC', '2025-03-29T12:35:00.000Z'],
  ])('%s in %s', (cron, tz, expected) => {
    expect(nextFire(cron, tz, NOW).toISOString()).toBe(expected);
  });

  it.each([
    ['every day', 'UTC', 'cron'],
    ['61 * * * *', 'UTC', 'cron'],
    ['* * * * *', 'Mars/Olympus', 'tz'],
  ])('%s in %s is refused, naming %s', (cron, tz, param) => {
    expect(() => nextFire(cron, tz, NOW)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});
