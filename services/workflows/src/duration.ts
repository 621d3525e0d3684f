const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A duration such as `250ms`, `30s` or `1.5h` in whole ms; null when it is not one. */
export function readDuration(written: string): number | null {
  const match = DURATION.exec(written.trim());
  return match === null ? null : Math.round(Number(match[1]) * MS[match[2] as keyof typeof MS]);
}
