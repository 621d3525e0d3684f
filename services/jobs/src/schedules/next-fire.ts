import { SkeinError } from '@skein/contracts/errors';
import { CronExpressionParser } from 'cron-parser';

/** The first moment after `after` that the expression names in that time zone. Throws `invalid_request` for a bad one. */
export function nextFire(cron: string, tz: string, after: Date): Date {
  try {
    return CronExpressionParser.parse(cron, { tz, currentDate: after }).next().toDate();
  } catch (cause) {
    const isZone = !isTimeZone(tz);
    const param = isZone ? 'tz' : 'cron';
    const message = isZone ? `"${tz}" is not a time zone` : `"${cron}" is not a cron expression with a moment to come`;
    throw new SkeinError('invalid_request', `${param}: ${message}`, { param, cause });
  }
}

function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}
