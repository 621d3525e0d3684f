import { CommandFailure } from './failure.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `24h` as so long before `now`, anything else as ISO 8601. Throws `CommandFailure` when it is neither. */
export function readSince(text: string, now: Date): Date {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  const moment = unitMs === undefined ? new Date(text) : new Date(now.getTime() - Number(count) * unitMs);
  if (Number.isNaN(moment.getTime()))
    throw new CommandFailure(`"${text}" is neither a moment (ISO 8601) nor a duration such as 24h`);
  return moment;
}
