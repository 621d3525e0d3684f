/** Runs `work` over all items, at most `concurrency` at a time, and keeps the results in the order of the items. */
export async function runAll<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array<Result>(items.length);
  // One iterator, shared: whoever is free takes the next item.
  const entries = items.entries();
  const takeTurns = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, takeTurns));
  return results;
}
