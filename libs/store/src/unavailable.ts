/** Tells "PostgreSQL is away" from "PostgreSQL said no", so that callers hear `unavailable` only for the first. */
import { SkeinError } from '@skein/contracts/errors';

const RETRY_AFTER_MS = 1_000;

/** Network errors of Node, and the states in which the server is starting, stopping or out of connections. */
const awayCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const CONNECTION_EXCEPTION_CLASS = '08';
/** What `pg`, its pool and TypeORM say without a code. */
const awayMessages =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable|query runner already released/i;

/** Whether an error means that PostgreSQL cannot be reached or has gone away, and the same call may succeed later. */
export function isStoreAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors, cause } = error as {
    code?: unknown;
    message?: unknown;
    errors?: unknown;
    cause?: unknown;
  };
  if (typeof code === 'string' && (awayCodes.has(code) || code.startsWith(CONNECTION_EXCEPTION_CLASS))) return true;
  if (typeof message === 'string' && awayMessages.test(message)) return true;
  return (Array.isArray(errors) && errors.some(isStoreAway)) || isStoreAway(cause);
}

/** Runs a query or a group of them. PostgreSQL being away becomes `SkeinError` `unavailable`; other errors pass unchanged. */
export async function askStore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isStoreAway(error)) throw error;
    throw new SkeinError('unavailable', 'the database cannot be reached', {
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    });
  }
}
