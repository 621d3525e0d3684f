/**
 * Decimal text to integers and back. No float takes part: a number is read through its shortest decimal form,
 * which is the literal a person wrote. 1 USD = 1,000,000,000 nano-USD; $1 per million tokens = 1,000,000 pico-USD a token.
 */

const NANO_PLACES = 9;
const PICO_PER_TOKEN_PLACES = 6;
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A decimal times 10^places as an integer, rounded half-up (away from zero), and whether nothing was lost.
 * Throws RangeError on what is not a decimal.
 */
export function scaleDecimal(decimal: string | number, places: number): { value: bigint; exact: boolean } {
  const match = DECIMAL.exec(String(decimal).trim());
  if (!match) throw new RangeError(`not a decimal: ${String(decimal)}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = places - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  const scaled = shift < 0 ? divideHalfUp(digits, divisor) : digits * 10n ** BigInt(shift);
  return { value: sign === '-' ? -scaled : scaled, exact: digits % divisor === 0n };
}

/** Integer division rounded half-up; both arguments non-negative. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend * 2n + divisor) / (divisor * 2n);
}

/** Nano-USD as a decimal string of USD: 123456 → "0.000123456", 0 → "0", 1500000000 → "1.5". Throws on unsafe integers. */
export function formatUsd(nanoUsd: number): string {
  if (!Number.isSafeInteger(nanoUsd)) throw new RangeError(`not a whole number of nano-USD: ${nanoUsd}`);
  const digits = String(Math.abs(nanoUsd)).padStart(NANO_PLACES + 1, '0');
  const whole = digits.slice(0, -NANO_PLACES);
  const fraction = digits.slice(-NANO_PLACES).replace(/0+$/, '');
  return `${nanoUsd < 0 ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}

/** A decimal of USD as nano-USD, rounded half-up. Throws RangeError on what is not a decimal or does not fit. */
export function parseUsd(usd: string | number): number {
  return toSafeNumber(scaleDecimal(usd, NANO_PLACES).value);
}

/** USD per million tokens as pico-USD per token, and whether that is exact. */
export function picoUsdPerToken(usdPerMillion: string | number): { value: number; exact: boolean } {
  const { value, exact } = scaleDecimal(usdPerMillion, PICO_PER_TOKEN_PLACES);
  return { value: toSafeNumber(value), exact };
}

/** A bigint as a number, or RangeError where it would lose digits. */
export function toSafeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`too large for exact arithmetic: ${value}`);
  return number;
}
