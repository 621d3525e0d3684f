/** The HTTP surface the command relies on, small and literal, with answers the specs can add up by hand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeMesh {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { role: string; content: string }[];
}

export const COST_USD = '0.000000003';
const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
const buckets = {
  input_uncached: 4,
  cache_read: 1,
  cache_write_5m: 0,
  cache_write_1h: 0,
  audio_in: 0,
  image_in: 0,
  output: 7,
  reasoning: 2,
  audio_out: 0,
};

/** A question with "fail" in it is refused with 429; "second try" took two attempts; one with "cut" loses its stream in the middle; "error" ends in an error event. */
export async function startFakeMesh(): Promise<FakeMesh> {
  const received: Received[] = [];
  const jobs = new Map<string, number>();
  const recordLooks = new Map<string, number>();

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url: path = '' } = request;
      received.push({ method, path, headers: request.headers, body });
      answer(method, path, body, response);
    });
  });

  function answer(method: string, path: string, body: unknown, response: ServerResponse): void {
    const [, resource = '', id = ''] = /^\/v1\/([a-z/]+?)(?:\/((?:req|job)_[^/?]+).*)?(?:\?.*)?$/.exec(path) ?? [];
    if (resource === 'chat/completions') chat(body as ChatRequest, response);
    else if (resource === 'requests') record(id, response);
    else if (resource === 'explain') json(response, 200, (body as ChatRequest[]).map(explain));
    else if (resource === 'vendors')
      json(response, 200, { vendors: [{ vendor: 'groq' }, { vendor: 'openai', circuit: 'half_open' }] });
    else if (resource.startsWith('vendors/')) json(response, 200, { vendor: path, taken_out_until: null });
    else if (resource === 'usage')
      json(response, 200, { requests: 2, attempts: 3, unknown: 1, tokens: buckets, cost_usd: '1.5' });
    else if (resource === 'batches/plan')
      json(response, 200, planned(body as { lines: unknown[]; first_line: number }));
    else if (resource === 'webhooks' && method === 'GET') json(response, 200, { object: 'list', data: [webhook] });
    else if (resource === 'webhooks') json(response, 201, { ...webhook, secrets: ['whsec_x'] });
    else if (resource === 'queue/limits') json(response, 200, { object: 'list', data: [limits] });
    else if (resource === 'jobs' && method === 'POST' && id === '') submit(body, response);
    else if (resource === 'jobs' && id === '')
      json(response, 200, { object: 'list', data: [job('job_1', 'queued')], has_more: false });
    else if (resource === 'jobs') look(id, path.endsWith('/cancel'), response);
    else
      json(response, 404, { error: { message: `No such path: ${path}`, type: 'x', param: null, code: 'not_found' } });
  }

  function chat({ stream, messages }: ChatRequest, response: ServerResponse): void {
    const question = messages.at(-1)?.content ?? '';
    if (question.includes('fail')) {
      const error = {
        message: 'Too many requests',
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limit_exceeded',
      };
      json(response, 429, { error });
      return;
    }
    const head = {
      'x-request-id': `req_${received.length}`,
      'x-skein-vendor': 'openai',
      'x-skein-model': 'gpt-5-mini',
      'x-skein-attempts': question.includes('second try') ? '2' : '1',
      'x-skein-cache': question.includes('again') ? 'hit' : 'miss',
    };
    if (stream !== true) {
      const choices = [{ index: 0, message: { role: 'assistant', content: `You said: ${question}` } }];
      json(response, 200, { id: 'c', model: 'gpt-5-mini', choices, usage }, { ...head, 'x-skein-cost-usd': COST_USD });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', ...head });
    const chunk = (delta: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
    const beginning = chunk({ role: 'assistant', content: '' }) + chunk({ content: 'Hel' });
    if (question.includes('cut')) {
      response.write(beginning, () => response.socket?.destroy());
      return;
    }
    response.write(beginning);
    if (question.includes('error')) {
      const error = { message: 'The vendor went away', type: 'api_error', param: null, code: 'vendor_stream_cut' };
      response.end(`event: error\ndata: ${JSON.stringify({ error })}\n\n`);
    } else response.end(`${chunk({ content: 'lo' })}data: [DONE]\n\n`);
  }

  /** The first look comes too early, as it may in a real mesh. */
  function record(id: string, response: ServerResponse): void {
    const looks = (recordLooks.get(id) ?? 0) + 1;
    recordLooks.set(id, looks);
    if (looks === 1) {
      json(response, 404, { error: { message: 'not yet', type: 'x', param: null, code: 'not_found' } });
      return;
    }
    const attempts = [{ id: `${id}.1`, vendor: 'openai', model: 'gpt-5-mini', outcome: 'finished' }];
    json(response, 200, { id, status: 'succeeded', task: 'writing', attempts, usage: buckets, cost_usd: COST_USD });
  }

  function submit(body: unknown, response: ServerResponse): void {
    const id = `job_${jobs.size + 1}`;
    jobs.set(id, 0);
    json(response, 202, { id, object: 'job', status: 'queued', body });
  }

  /** A job runs at the first look and has ended at the second. */
  function look(id: string, cancel: boolean, response: ServerResponse): void {
    const looks = (jobs.get(id) ?? 0) + 1;
    jobs.set(id, looks);
    json(response, 200, job(id, cancel ? 'cancelled' : looks < 2 ? 'running' : 'succeeded'));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function explain({ messages }: ChatRequest): unknown {
  const features = {
    task: 'code',
    confidence: 0.8,
    abstained: false,
    language: 'en',
    tokens: 12,
    complexity: { score: 0.2, tier: 'simple' },
    needs: [],
  };
  if (messages[0]?.content.includes('fail')) return { features, error: { message: 'Nothing is admissible' } };
  const candidate = {
    vendor: 'openai',
    model: 'gpt-5-mini',
    score: 0.9,
    reason: 'best of the code list',
    expected: { tokens: 40, cost_usd: '0.00001', latency_ms: 800 },
  };
  const excluded = [{ vendor: 'groq', model: 'llama', rule: 'vendors.deny' }];
  return { features, plan: { revision: 'r1', strategy: 'balanced', candidates: [candidate], excluded } };
}

function job(id: string, status: string): unknown {
  const body = { model: 'gpt-5-mini', choices: [{ message: { content: 'Done' } }], usage };
  return {
    id,
    object: 'job',
    status,
    endpoint: '/v1/chat/completions',
    result: status === 'succeeded' ? { status_code: 200, body } : null,
    error: null,
    attempts: status === 'succeeded' ? [{ id: 'a', vendor: 'openai', model: 'gpt-5-mini', outcome: 'finished' }] : [],
    cost_usd: status === 'succeeded' ? COST_USD : null,
    created_at: '2026-03-10T12:00:00Z',
  };
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

const webhook = { id: 'wh_1', url: 'https://example.com/hook', events: ['job.failed'], state: 'on' };
const limits = { scope: 'tenant', name: 'acme', concurrency: 4, per_minute: null, weight: 2 };

/** Ten nano-USD a line, half of it at the vendor; the first line of each part has no vendor's lane. */
function planned({ lines, first_line: first }: { lines: unknown[]; first_line: number }): object {
  const lane = (share: number) => ({
    lines: lines.length,
    calls: lines.length,
    input_tokens: 5 * lines.length,
    output_tokens: lines.length,
    cost_usd: ((lines.length * share) / 1e9).toFixed(9),
    done_in_ms: 1_000,
  });
  return {
    lines: lines.length,
    refused: [],
    unplanned: [],
    unpriced: 0,
    lanes: { realtime: lane(10), vendor: lane(5) },
    not_taken: [{ line: first, custom_id: 'x', lane: 'vendor', reason: 'it has none' }],
  };
}
