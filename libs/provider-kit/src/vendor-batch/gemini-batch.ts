// Gemini's batch mode, with the requests in the call itself. The batch has our mark as its display name.
import { itemsOf, jsonBytes, objectOf, textOf, tryParseJson, type JsonObject } from '../json.js';
import { foundAs, type BatchDialect, type BatchOutcome, type BatchState } from './batch-dialect.js';

const states: Readonly<Record<string, BatchState>> = {
  BATCH_STATE_PENDING: 'running',
  BATCH_STATE_RUNNING: 'running',
  BATCH_STATE_SUCCEEDED: 'ended',
  BATCH_STATE_CANCELLED: 'ended',
  BATCH_STATE_EXPIRED: 'ended',
  BATCH_STATE_FAILED: 'failed',
};
const VERSION = '/v1beta';

export const geminiBatches: BatchDialect = {
  async submit(client, { mark, model, requests }) {
    const operation = await client.json('POST', `${VERSION}/models/${model}:batchGenerateContent`, {
      batch: {
        display_name: mark,
        input_config: {
          requests: {
            requests: requests.map(({ id, body }) => ({ request: tryParseJson(body), metadata: { key: id } })),
          },
        },
      },
    });
    return textOf(operation['name']) ?? '';
  },
  async find(client, { mark }) {
    const { operations } = await client.json('GET', `${VERSION}/batches?pageSize=100`);
    const found = itemsOf(operations)
      .map(objectOf)
      .find(({ metadata }) => objectOf(metadata)['displayName'] === mark);
    return foundAs(textOf(found?.['name']));
  },
  async look(client, id) {
    const { metadata } = await client.json('GET', `${VERSION}/${id}`);
    return states[textOf(objectOf(metadata)['state']) ?? ''] ?? 'unknown';
  },
  async outcomes(client, id) {
    const { response } = await client.json('GET', `${VERSION}/${id}`);
    const { inlinedResponses } = objectOf(objectOf(response)['inlinedResponses']);
    return itemsOf(inlinedResponses).map(objectOf).flatMap(toOutcome);
  },
  cancel: async (client, id) => void (await client.json('POST', `${VERSION}/${id}:cancel`, {})),
};

function toOutcome({ metadata, response, error }: JsonObject): BatchOutcome[] {
  const id = textOf(objectOf(metadata)['key']);
  if (id === null) return [];
  if (response !== undefined) return [{ id, status: 200, body: jsonBytes(response) }];
  const { code, message, status } = objectOf(error);
  const http = typeof code === 'number' && code >= 400 ? code : 500;
  return [{ id, status: http, body: jsonBytes({ error: { code: http, message, status } }) }];
}
