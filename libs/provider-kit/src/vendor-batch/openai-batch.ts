// OpenAI's batch API, and Groq's after it: a file of requests, a batch over it, files of answers and of errors.
import { jsonBytes, itemsOf, objectOf, textOf, type JsonObject } from '../json.js';
import { foundAs, type BatchDialect, type BatchOutcome, type BatchState } from './batch-dialect.js';
import { readLines, writeLines } from './jsonl.js';
import type { VendorClient } from './vendor-client.js';

const states: Readonly<Record<string, BatchState>> = {
  validating: 'running',
  in_progress: 'running',
  finalizing: 'running',
  cancelling: 'running',
  completed: 'ended',
  expired: 'ended',
  cancelled: 'ended',
  failed: 'failed',
};
const MARK = 'skein_batch';

export const openAiBatches: BatchDialect = {
  async submit(client, { mark, requests }) {
    const path = `/v1${requests[0]?.path ?? ''}`;
    const lines = requests.map(({ id, body }) => [{ custom_id: id, method: 'POST', url: path }, body] as const);
    const file = await client.upload('/files', writeLines(lines));
    const batch = await client.json('POST', '/batches', {
      input_file_id: file['id'],
      endpoint: path,
      completion_window: '24h',
      metadata: { [MARK]: mark },
    });
    return textOf(batch['id']) ?? '';
  },
  async find(client, { mark }) {
    const { data } = await client.json('GET', '/batches?limit=100');
    const found = itemsOf(data)
      .map(objectOf)
      .find(({ metadata }) => objectOf(metadata)[MARK] === mark);
    return foundAs(textOf(found?.['id']));
  },
  look: async (client, id) => states[textOf((await get(client, id))['status']) ?? ''] ?? 'unknown',
  async outcomes(client, id) {
    const { output_file_id, error_file_id } = await get(client, id);
    return readOutcomes(client, [output_file_id, error_file_id]);
  },
  cancel: async (client, id) => void (await client.json('POST', `/batches/${id}/cancel`, {})),
};

const get = (client: VendorClient, id: string): Promise<JsonObject> => client.json('GET', `/batches/${id}`);

/** The results that stand in a batch's files of answers and of errors; a file that there is not has none. */
export async function readOutcomes(client: VendorClient, fileIds: readonly unknown[]): Promise<BatchOutcome[]> {
  const files = fileIds.map(textOf).filter((file) => file !== null);
  const lines = await Promise.all(files.map((file) => client.bytes('GET', `/files/${file}/content`)));
  return lines.flatMap(readLines).flatMap(toOutcome);
}

/** A line without an answer was never run: expired, or cancelled with its batch. */
function toOutcome({ custom_id, response }: JsonObject): BatchOutcome[] {
  const { status_code: status, body } = objectOf(response);
  const id = textOf(custom_id);
  if (id === null || typeof status !== 'number' || body === undefined) return [];
  return [{ id, status, body: jsonBytes(body) }];
}
