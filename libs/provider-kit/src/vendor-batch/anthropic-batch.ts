// Anthropic's message batches: the requests stand in the call itself. It keeps no mark of ours.
import { jsonBytes, objectOf, textOf, tryParseJson } from '../json.js';
import type { BatchDialect, BatchOutcome, BatchRequest } from './batch-dialect.js';
import { readLines } from './jsonl.js';

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
  find: async () => null,
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
