/** Money is added as whole nano-USD; decimals of USD are for people and the wire. */
const DECIMALS = 9;
const NANO = 10n ** BigInt(DECIMALS);

/** Reads a decimal of USD (`0.000123456`) as nano-USD. Throws `RangeError` when it is no decimal or finer than a nano-dollar. */
export function parseUsd(decimal: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(decimal);
  if (match === null) throw new RangeError(`"${decimal}" is not a decimal number of USD`);
  const [, whole = '0', fraction = ''] = match;
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > DECIMALS) throw new RangeError(`"${decimal}" is finer than a nano-dollar`);
  return BigInt(whole) * NANO + BigInt(digits.padEnd(DECIMALS, '0'));
}

/** Writes nano-USD as a decimal of USD, without trailing zeros. */
export function formatUsd(nano: bigint): string {
  const fraction = (nano % NANO).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return fraction === '' ? (nano / NANO).toString() : `${nano / NANO}.${fraction}`;
}

/** How much less `cost` is than `instead`, for people; a minus where it is more. */
export function percentSaved(cost: bigint, instead: bigint): string {
  return instead === 0n ? '–' : `${((1 - Number(cost) / Number(instead)) * 100).toFixed(1)} %`;
}
