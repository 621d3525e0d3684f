const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Waits until nothing is missing any more. Throws, naming what is, when it takes too long. */
export async function waitUntilReady(missing: () => Promise<readonly string[]> | readonly string[]): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const names = await missing();
    if (names.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`The mesh does not become ready; still missing: ${names.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
