// A straight line through samples, and how sure of it one may be. Pure.

export interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface Slope {
  /** Bytes a millisecond, by least squares. */
  readonly rise: number;
  /** Its standard error. */
  readonly error: number;
}

/** Null where fewer than three samples, or all at one time, leave nothing to be said. */
export function slopeOf(samples: readonly Sample[]): Slope | null {
  const count = samples.length;
  if (count < 3) return null;
  const meanAt = samples.reduce((total, { atMs }) => total + atMs, 0) / count;
  const meanBytes = samples.reduce((total, { bytes }) => total + bytes, 0) / count;
  let squares = 0;
  let products = 0;
  for (const { atMs, bytes } of samples) {
    squares += (atMs - meanAt) ** 2;
    products += (atMs - meanAt) * (bytes - meanBytes);
  }
  if (squares === 0) return null;
  const rise = products / squares;
  const residue = samples.reduce(
    (total, { atMs, bytes }) => total + (bytes - meanBytes - rise * (atMs - meanAt)) ** 2,
    0,
  );
  return { rise, error: Math.sqrt(residue / (count - 2) / squares) };
}
