// Anthropic's message batches: the requests stand in the call itself. It keeps no mark of ours, but the names of requests.
import { VENDOR_BATCH_MAX } from '@skein/contracts/provider';
import { itemsOf, jsonBytes, objectOf, textOf, tryParseJson } from '../json.js';
import type { BatchDialect, BatchOutcome, BatchRequest } from './batch-dialect.js';
import { readLines } from './jsonl.js';

/** A vendor's clock may be behind ours. */
const CLOCKS_DIFFER_MS = 60_000;

/** The status an error of that type would have had alone. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

export const anthropicBatches: BatchDialect = {
  headers: { 'anthropic-version': '2023-06-01' },
  async submit(client, { requests }) {
    const batch = await client.json(
      'POST',
      '/v1/messages/batches',
      {
        requests: requests.map(({ id, body }) => ({ custom_id: id, params: tryParseJson(body) })),
      },
      betasOf(requests),
    );
    return textOf(batch['id']) ?? '';
  },
  async find(client, { attemptIds, submittedAt }) {
    const { data } = await client.json('GET', '/v1/messages/batches?limit=100');
    const young = itemsOf(data)
      .map(objectOf)
      .filter((batch) => Date.parse(textOf(batch['created_at']) ?? '') >= submittedAt - CLOCKS_DIFFER_MS);
    for (const batch of young) {
      const id = textOf(batch['id']);
      if (id === null || batch['processing_status'] !== 'ended' || sizeOf(batch) > VENDOR_BATCH_MAX) continue;
      const [first] = readLines(await client.bytes('GET', `/v1/messages/batches/${id}/results`));
      if (attemptIds.has(textOf(first?.['custom_id']) ?? '')) return { id };
    }
    // What a batch under way is of is told by its results alone.
    const mayBeIt = young.some((batch) => batch['processing_status'] !== 'ended' && sizeOf(batch) <= VENDOR_BATCH_MAX);
    return mayBeIt ? 'unsure' : 'none';
  },
  async look(client, id) {
    const { processing_status: status } = await client.json('GET', `/v1/messages/batches/${id}`);
    if (status === 'ended') return 'ended';
    return status === 'in_progress' || status === 'canceling' ? 'running' : 'unknown';
  },
  async outcomes(client, id) {
    return readLines(await client.bytes('GET', `/v1/messages/batches/${id}/results`)).flatMap(toOutcome);
  },
  cancel: async (client, id) => void (await client.json('POST', `/v1/messages/batches/${id}/cancel`, {})),
};

function sizeOf(batch: Readonly<Record<string, unknown>>): number {
  const counts = Object.values(objectOf(batch['request_counts']));
  return counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}

function toOutcome(line: Readonly<Record<string, unknown>>): BatchOutcome[] {
  const id = textOf(line['custom_id']);
  const { type, message, error } = objectOf(line['result']);
  if (id === null) return [];
  if (type === 'succeeded') return [{ id, status: 200, body: jsonBytes(message) }];
  if (type !== 'errored') return [];
  const kind = textOf(objectOf(objectOf(error)['error'])['type']) ?? '';
  return [{ id, status: statuses[kind] ?? 500, body: jsonBytes(error) }];
}

/** What one request switches on is switched on for its batch. */
function betasOf(requests: readonly BatchRequest[]): Record<string, string> {
  const betas = new Set(requests.flatMap(({ headers }) => headers['anthropic-beta']?.split(',') ?? []));
  return betas.size === 0 ? {} : { 'anthropic-beta': [...betas].join(',') };
}
