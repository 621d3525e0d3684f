/** After a handler failed: time before its facts are given again. */
const RETRY_MS = 1_000;
/** A message that failed alone, between others that did not, is not in a hurry. */
const POISON_RETRY_MS = 30_000;
/** So many that fail one after another: it is not for what is in them. */
const FAILURES_IN_A_ROW = 3;

interface Message {
  ack(): void;
  nak(afterMs: number): void;
}

/**
 * Has a batch handled and acknowledges it. Where that fails its messages are handled one by one, so that one which cannot
 * be handled does not hold up the others: it is given again by itself, later. Never throws.
 */
export async function handleBatch<M extends Message>(
  batch: readonly M[],
  handle: (some: readonly M[]) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const isHandled = async (some: readonly M[]): Promise<boolean> => {
    try {
      await handle(some);
      for (const message of some) message.ack();
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    }
  };
  if (await isHandled(batch)) return;
  if (batch.length === 1) return batch[0]?.nak(RETRY_MS);
  const failed: M[] = [];
  let inARow = 0;
  for (const [index, message] of batch.entries()) {
    if (await isHandled([message])) {
      inARow = 0;
      continue;
    }
    failed.push(message);
    inARow += 1;
    if (inARow < FAILURES_IN_A_ROW) continue;
    for (const rest of [...failed, ...batch.slice(index + 1)]) rest.nak(RETRY_MS);
    return;
  }
  for (const message of failed) message.nak(POISON_RETRY_MS);
}
