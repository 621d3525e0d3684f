import { SkeinError } from '@skein/contracts/errors';

const DEFAULT_PAGE = 20;

/** Reads the paging of a list. A limit over what one answer may have (`served`) but within what clients ask for is cut to it. */
export function readPage(
  { limit, after }: { limit?: string; after?: string },
  most: number,
  served = most,
): { limit: number; after: string | null } {
  const count = limit === undefined ? DEFAULT_PAGE : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new SkeinError('invalid_request', `limit: must be a whole number from 1 to ${most}`, { param: 'limit' });
  }
  return { limit: Math.min(count, served), after: after ?? null };
}

/** A page as OpenAI's lists have it. */
export function listOf<Item extends { readonly id: string }>(data: readonly Item[], hasMore: boolean) {
  return {
    object: 'list',
    data,
    has_more: hasMore,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}
