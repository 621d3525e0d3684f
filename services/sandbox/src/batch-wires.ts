// How each vendor's batch API is written: which call means what, and the shapes of its answers. What is done with the
// requests is the desk's.
import { isObject, parseJson, type JsonObject } from './json.js';
import type { BatchDesk, KeptBatch } from './batch-desk.js';
import { readForm } from './form.js';
import type { VendorRequest } from './wire.js';

export interface BatchReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Handler = (request: VendorRequest, desk: BatchDesk, match: RegExpExecArray) => BatchReply;
interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly handle: Handler;
}

const json = (body: unknown, status = 200): BatchReply => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const lines = (objects: readonly unknown[]): BatchReply => ({
  status: 200,
  contentType: 'application/octet-stream',
  body: objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
});
const missing = (what: string): BatchReply =>
  json({ error: { message: `No such ${what}`, type: 'invalid_request_error', code: 'not_found' } }, 404);

function bodyOf(request: VendorRequest): JsonObject {
  const body = parseJson(request.body);
  return isObject(body) ? body : {};
}

const at = (batch: KeptBatch): number => Math.floor(batch.createdAt / 1_000);

function openAiBatch(batch: KeptBatch, desk: BatchDesk): JsonObject {
  const state = desk.stateOf(batch);
  const status = { running: 'in_progress', done: 'completed', cancelled: 'cancelled' }[state];
  const has = state !== 'running' && desk.outcomes(batch).length > 0;
  return {
    id: batch.id,
    object: 'batch',
    endpoint: '/v1/chat/completions',
    status,
    metadata: batch.marks,
    created_at: at(batch),
    output_file_id: has ? `file-out-${batch.id}` : null,
    error_file_id: null,
  };
}

function mistralJob(batch: KeptBatch, desk: BatchDesk): JsonObject {
  const state = desk.stateOf(batch);
  const has = state !== 'running' && desk.outcomes(batch).length > 0;
  return {
    id: batch.id,
    object: 'batch',
    status: { running: 'RUNNING', done: 'SUCCESS', cancelled: 'CANCELLED' }[state],
    metadata: batch.marks,
    output_file: has ? `file-out-${batch.id}` : null,
    error_file: null,
  };
}

function upload(request: VendorRequest, desk: BatchDesk): BatchReply {
  const file = readForm(request.headers, request.raw)?.file;
  if (file === undefined) return json({ error: { message: 'file is required', code: null } }, 400);
  const id = desk.keepFile(file.toString('utf8'));
  return json({ id, object: 'file', purpose: 'batch', bytes: file.length });
}

function content(_request: VendorRequest, desk: BatchDesk, [, id = '']: RegExpExecArray): BatchReply {
  const batch = desk.find(id.replace(/^file-out-/, ''));
  if (batch === undefined) return missing('file');
  return lines(
    desk.outcomes(batch).map(({ id: custom_id, status, body }) => ({
      id: `batch_req_${custom_id}`,
      custom_id,
      response: { status_code: status, request_id: custom_id, body: parseJson(body) },
      error: null,
    })),
  );
}

/** The lines of an uploaded file as requests; Mistral's have no path of their own. */
function requestsIn(text: string, path?: string) {
  return text
    .split('\n')
    .map(parseJson)
    .filter(isObject)
    .map((line) => ({
      id: String(line['custom_id']),
      path: path ?? String(line['url']),
      body: JSON.stringify(line['body']),
    }));
}

const found =
  (show: (batch: KeptBatch, desk: BatchDesk) => JsonObject, isCancel = false): Handler =>
  (_request, desk, [, id = '']) => {
    const batch = desk.find(id);
    if (batch === undefined) return missing('batch');
    if (isCancel) desk.cancel(batch);
    return json(show(batch, desk));
  };

const openAiRoutes: readonly Route[] = [
  { method: 'POST', path: /^\/v1\/files$/, handle: upload },
  { method: 'GET', path: /^\/v1\/files\/([^/]+)\/content$/, handle: content },
  {
    method: 'POST',
    path: /^\/v1\/batches$/,
    handle: (request, desk) => {
      const { input_file_id, metadata } = bodyOf(request);
      const text = desk.readFile(String(input_file_id));
      if (text === undefined) return missing('file');
      return json(openAiBatch(desk.begin(request, 'batch_', requestsIn(text), metadata), desk));
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/batches$/,
    handle: ({ vendor }, desk) =>
      json({ object: 'list', data: desk.list(vendor).map((batch) => openAiBatch(batch, desk)) }),
  },
  { method: 'GET', path: /^\/v1\/batches\/([^/]+)$/, handle: found(openAiBatch) },
  { method: 'POST', path: /^\/v1\/batches\/([^/]+)\/cancel$/, handle: found(openAiBatch, true) },
];

const mistralRoutes: readonly Route[] = [
  { method: 'POST', path: /^\/v1\/files$/, handle: upload },
  { method: 'GET', path: /^\/v1\/files\/([^/]+)\/content$/, handle: content },
  {
    method: 'POST',
    path: /^\/v1\/batch\/jobs$/,
    handle: (request, desk) => {
      const { input_files, metadata, endpoint } = bodyOf(request);
      const text = desk.readFile(String(Array.isArray(input_files) ? input_files[0] : ''));
      if (text === undefined) return missing('file');
      return json(mistralJob(desk.begin(request, 'job-', requestsIn(text, String(endpoint)), metadata), desk));
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/batch\/jobs$/,
    handle: ({ vendor }, desk) =>
      json({ object: 'list', data: desk.list(vendor).map((batch) => mistralJob(batch, desk)) }),
  },
  { method: 'GET', path: /^\/v1\/batch\/jobs\/([^/]+)$/, handle: found(mistralJob) },
  { method: 'POST', path: /^\/v1\/batch\/jobs\/([^/]+)\/cancel$/, handle: found(mistralJob, true) },
];

function messageBatch(batch: KeptBatch, desk: BatchDesk): JsonObject {
  const state = desk.stateOf(batch);
  return {
    id: batch.id,
    type: 'message_batch',
    processing_status: state === 'running' ? 'in_progress' : 'ended',
    request_counts: messageCounts(batch, desk),
    created_at: new Date(batch.createdAt).toISOString(),
    results_url: state === 'running' ? null : `/v1/messages/batches/${batch.id}/results`,
  };
}

function messageCounts(batch: KeptBatch, desk: BatchDesk): JsonObject {
  const all = batch.requests.length;
  const done = desk.outcomes(batch);
  const succeeded = done.filter(({ status }) => status === 200).length;
  const canceled = desk.stateOf(batch) === 'running' ? 0 : all - done.length;
  const processing = desk.stateOf(batch) === 'running' ? all : 0;
  return { processing, succeeded, errored: done.length - succeeded, canceled, expired: 0 };
}

const anthropicRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/v1\/messages\/batches$/,
    handle: (request, desk) => {
      const { requests } = bodyOf(request);
      const read = (Array.isArray(requests) ? requests : []).filter(isObject).map(({ custom_id, params }) => ({
        id: String(custom_id),
        path: '/v1/messages',
        body: JSON.stringify(params),
      }));
      return json(messageBatch(desk.begin(request, 'msgbatch_', read, {}), desk));
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/messages\/batches$/,
    handle: ({ vendor }, desk) =>
      json({ data: desk.list(vendor).map((batch) => messageBatch(batch, desk)), has_more: false }),
  },
  { method: 'GET', path: /^\/v1\/messages\/batches\/([^/]+)$/, handle: found(messageBatch) },
  { method: 'POST', path: /^\/v1\/messages\/batches\/([^/]+)\/cancel$/, handle: found(messageBatch, true) },
  {
    method: 'GET',
    path: /^\/v1\/messages\/batches\/([^/]+)\/results$/,
    handle: (_request, desk, [, id = '']) => {
      const batch = desk.find(id);
      if (batch === undefined) return missing('batch');
      const done = new Map(desk.outcomes(batch).map((outcome) => [outcome.id, outcome]));
      return lines(
        batch.requests.map(({ id: custom_id }) => {
          const outcome = done.get(custom_id);
          if (outcome === undefined) return { custom_id, result: { type: 'canceled' } };
          const body = parseJson(outcome.body);
          const result =
            outcome.status === 200 ? { type: 'succeeded', message: body } : { type: 'errored', error: body };
          return { custom_id, result };
        }),
      );
    },
  },
];

function geminiOperation(batch: KeptBatch, desk: BatchDesk): JsonObject {
  const state = desk.stateOf(batch);
  const named = { running: 'BATCH_STATE_RUNNING', done: 'BATCH_STATE_SUCCEEDED', cancelled: 'BATCH_STATE_CANCELLED' };
  const inlinedResponses = desk.outcomes(batch).map(({ id, status, body }) => {
    const value = parseJson(body);
    const told = status === 200 ? { response: value } : { error: isObject(value) ? value['error'] : {} };
    return { ...told, metadata: { key: id } };
  });
  return {
    name: `batches/${batch.id}`,
    metadata: { state: named[state], displayName: batch.marks['display_name'] },
    done: state !== 'running',
    ...(state !== 'running' && { response: { inlinedResponses: { inlinedResponses } } }),
  };
}

const geminiRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: /^\/v1beta\/models\/([^/:]+):batchGenerateContent$/,
    handle: (request, desk, [, model = '']) => {
      const batch = bodyOf(request)['batch'];
      const given = isObject(batch) ? batch : {};
      const config = isObject(given['input_config']) ? given['input_config'] : {};
      const inlined = isObject(config['requests']) ? config['requests']['requests'] : [];
      const read = (Array.isArray(inlined) ? inlined : []).filter(isObject).map((entry) => ({
        id: String(isObject(entry['metadata']) ? entry['metadata']['key'] : ''),
        path: `/v1beta/models/${model}:generateContent`,
        body: JSON.stringify(entry['request']),
      }));
      return json(geminiOperation(desk.begin(request, '', read, { display_name: given['display_name'] }), desk));
    },
  },
  {
    method: 'GET',
    path: /^\/v1beta\/batches$/,
    handle: ({ vendor }, desk) => json({ operations: desk.list(vendor).map((batch) => geminiOperation(batch, desk)) }),
  },
  { method: 'GET', path: /^\/v1beta\/batches\/([^/:]+)$/, handle: found(geminiOperation) },
  { method: 'POST', path: /^\/v1beta\/batches\/([^/:]+):cancel$/, handle: found(geminiOperation, true) },
];

const routes: Readonly<Record<string, readonly Route[]>> = {
  openai: openAiRoutes,
  groq: openAiRoutes,
  mistral: mistralRoutes,
  anthropic: anthropicRoutes,
  google: geminiRoutes,
};

/** The answer to a call of a vendor's batch API; undefined for every other call. */
export function answerBatchCall(request: VendorRequest, desk: BatchDesk): BatchReply | undefined {
  for (const { method, path, handle } of routes[request.vendor] ?? []) {
    const match = request.method === method ? path.exec(request.path) : null;
    if (match !== null) return handle(request, desk, match);
  }
  return undefined;
}
