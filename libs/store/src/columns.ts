import type { ValueTransformer } from 'typeorm';

/**
 * For BIGINT columns that hold counts, milliseconds or nano-USD: a number in the program, never a float and never rounded.
 * Throws RangeError in either direction when the value is not a safe integer. Null stays null.
 */
export const safeInteger: ValueTransformer = {
  to: (value: unknown) => (isNothing(value) ? value : String(toSafeInteger(value))),
  from: (value: unknown) => (isNothing(value) ? value : toSafeInteger(value)),
};

/** Reads an integer from what a driver or caller gives (number, bigint or text). Throws RangeError when it would lose digits. */
export function toSafeInteger(value: unknown): number {
  const isText = typeof value === 'string' && /^-?\d+$/.test(value);
  const number = isText || typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new RangeError(`not a whole number that can be kept exactly: ${String(value)}`);
  }
  return number;
}

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;
