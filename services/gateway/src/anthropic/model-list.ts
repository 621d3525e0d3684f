/** The models as Anthropic lists them: in pages, each with a name and its limits. */
import { isVendorId, type Catalog } from '@skein/catalog';
import { SkeinError, invalidField } from '@skein/contracts/errors';
import { z } from 'zod';

/** When a model was released is not known here; Anthropic's own word for that is the epoch. */
const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

const modelPageQuery = z.looseObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
  after_id: z.string().optional(),
  before_id: z.string().optional(),
});

export interface ModelInfo {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  readonly created_at: string;
  readonly max_input_tokens: number | null;
  readonly max_tokens: number | null;
  readonly capabilities: null;
}

/** One model, by the id it is listed under. */
export function modelInfo(id: string, catalog: Catalog): ModelInfo {
  const slash = id.indexOf('/');
  const vendor = id.slice(0, Math.max(0, slash));
  const record = isVendorId(vendor) ? catalog.recordOf(vendor, id.slice(slash + 1)) : null;
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: UNKNOWN_DATE,
    max_input_tokens: record?.context_window ?? null,
    max_tokens: record?.max_output_tokens ?? null,
    capabilities: null,
  };
}

/** The page a query asks for. Throws `invalid_request` for a limit outside 1–1000 and for an id that is not listed. */
export function modelPage(ids: readonly string[], query: unknown, catalog: Catalog) {
  const parsed = modelPageQuery.safeParse(query);
  if (!parsed.success) throw invalidField(parsed.error);
  const { limit, after_id, before_id } = parsed.data;
  const end = before_id === undefined ? ids.length : placeOf(ids, before_id, 'before_id');
  const start = after_id === undefined ? 0 : placeOf(ids, after_id, 'after_id') + 1;
  const isBackwards = before_id !== undefined && after_id === undefined;
  const page = isBackwards
    ? ids.slice(Math.max(start, end - limit), end)
    : ids.slice(start, Math.min(end, start + limit));
  return {
    data: page.map((id) => modelInfo(id, catalog)),
    first_id: page[0] ?? null,
    last_id: page.at(-1) ?? null,
    has_more: page.length < end - start,
  };
}

function placeOf(ids: readonly string[], id: string, param: string): number {
  const place = ids.indexOf(id);
  if (place === -1) throw new SkeinError('invalid_request', `${param}: there is no model "${id}" here`, { param });
  return place;
}
