/**
 * The vendors whose probe is due, and when each is due next: every so often, with a jitter of a fifth either way, so that
 * vendors are not asked all at once. A vendor that is new is first asked somewhere within its first period. Times in ms.
 */
export function whoIsDue(
  vendors: readonly string[],
  dueAt: Map<string, number>,
  now: number,
  everyMs: number,
  chance: () => number,
): string[] {
  const due: string[] = [];
  for (const vendor of vendors) {
    const moment = dueAt.get(vendor);
    if (moment === undefined) dueAt.set(vendor, now + everyMs * chance());
    else if (moment <= now) {
      due.push(vendor);
      dueAt.set(vendor, now + everyMs * (0.8 + 0.4 * chance()));
    }
  }
  return due;
}
