// Mistral's batch API: a file of bodies, a job over it with the model, files of answers and of errors.
import { itemsOf, objectOf, textOf, type JsonObject } from '../json.js';
import { foundAs, type BatchDialect, type BatchState } from './batch-dialect.js';
import { writeLines } from './jsonl.js';
import { readOutcomes } from './openai-batch.js';
import type { VendorClient } from './vendor-client.js';

const states: Readonly<Record<string, BatchState>> = {
  QUEUED: 'running',
  RUNNING: 'running',
  CANCELLATION_REQUESTED: 'running',
  SUCCESS: 'ended',
  CANCELLED: 'ended',
  TIMEOUT_EXCEEDED: 'ended',
  FAILED: 'failed',
};
const MARK = 'skein_batch';

export const mistralBatches: BatchDialect = {
  async submit(client, { mark, model, requests }) {
    const file = await client.upload(
      '/files',
      writeLines(requests.map(({ id, body }) => [{ custom_id: id }, body] as const)),
    );
    const job = await client.json('POST', '/batch/jobs', {
      input_files: [file['id']],
      model,
      endpoint: `/v1${requests[0]?.path ?? ''}`,
      metadata: { [MARK]: mark },
    });
    return textOf(job['id']) ?? '';
  },
  async find(client, { mark }) {
    const { data } = await client.json('GET', '/batch/jobs?page_size=100');
    const found = itemsOf(data)
      .map(objectOf)
      .find(({ metadata }) => objectOf(metadata)[MARK] === mark);
    return foundAs(textOf(found?.['id']));
  },
  look: async (client, id) => states[textOf((await get(client, id))['status']) ?? ''] ?? 'unknown',
  async outcomes(client, id) {
    const { output_file, error_file } = await get(client, id);
    return readOutcomes(client, [output_file, error_file]);
  },
  cancel: async (client, id) => void (await client.json('POST', `/batch/jobs/${id}/cancel`, {})),
};

const get = (client: VendorClient, id: string): Promise<JsonObject> => client.json('GET', `/batch/jobs/${id}`);
