const NANO_DIGITS = 9;

/**
 * A decimal number of USD as whole nano-USD, for sums that must be exact. Written apart from the mesh's own money code,
 * which it is used to check. Throws for what is not a decimal of at most nine places.
 */
export function toNanoUsd(decimal: string | null | undefined): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,9}))?$/.exec(decimal ?? '') ?? [];
  if (whole === undefined) throw new Error(`"${String(decimal)}" is not a decimal number of USD in whole nano-USD`);
  return BigInt(whole + fraction.padEnd(NANO_DIGITS, '0'));
}

/** The sum of decimals of USD, in nano-USD. */
export function sumNanoUsd(decimals: readonly (string | null | undefined)[]): bigint {
  return decimals.reduce((sum, decimal) => sum + toNanoUsd(decimal), 0n);
}
