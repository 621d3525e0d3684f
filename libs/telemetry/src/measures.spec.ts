import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counter, observableGauge } from './instruments.js';
import { modelLabel, taskLabel } from './labels.js';
import { recordAttempt, recordRequest } from './measures.js';
import { startTelemetry, type Telemetry } from './start.js';

// Declared before telemetry has started, as rooms do at module level.
const replays = counter('skein_replays', 'Replayed prompts');
let open = 3;
const stopObserving = observableGauge('skein_streams_open', 'Streams now open', () => [
  { value: open, labels: { door: 'http' } },
]);

let telemetry: Telemetry;
let server: Server;

async function scrape(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}

/** Upper bounds of a histogram's buckets, as scraped. */
const boundsOf = (text: string, name: string): number[] => {
  const found = [...text.matchAll(new RegExp(`^${name}_bucket{[^}]*le="([^"]+)"`, 'gm'))];
  return found.map(([, bound]) => Number(bound === '+Inf' ? Infinity : bound));
};

const gpt = modelLabel('gpt-4o', true);

beforeAll(async () => {
  telemetry = startTelemetry({ service: 'gateway', instance: 'g1' });
  server = createServer(telemetry.metricsHandler());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  recordRequest({
    operation: 'chat',
    provider: 'openai',
    model: gpt,
    task: 'code',
    durationSeconds: 1.5,
    firstTokenSeconds: 0.2,
    costNanoUsd: 2_500_000,
    error: null,
  });
  const unknown = {
    operation: 'chat',
    provider: null,
    model: modelLabel('my own idea', false),
    task: 'poetry',
  } as const;
  const nothing = { durationSeconds: 0.1, firstTokenSeconds: null, costNanoUsd: null };
  recordRequest({ ...unknown, ...nothing, error: 'all_attempts_failed' });
  const measured = { durationSeconds: 1.2, firstChunkSeconds: 0.15, tokens: { input: 900, output: 70 }, error: null };
  recordAttempt({ operation: 'chat', provider: 'openai', model: gpt, ...measured });
});
afterAll(async () => {
  await telemetry.shutdown();
  await new Promise((resolve) => server.close(resolve));
});

describe('what Prometheus reads', () => {
  it('has the two histograms of the mission under exactly their names and labels', async () => {
    const text = await scrape();
    expect(text).toContain('llm_request_duration_seconds_count{model="gpt-4o",task_type="code"} 1\n');
    expect(text).toContain('llm_request_duration_seconds_sum{model="gpt-4o",task_type="code"} 1.5\n');
    expect(text).toContain('llm_token_cost_usd_sum{model="gpt-4o",task_type="code"} 0.0025\n');
    expect(text).toContain('# TYPE llm_request_duration_seconds histogram');
    expect(text).toContain('# TYPE llm_token_cost_usd histogram');
  });

  it('keeps invented models and tasks out of its labels, and unknown costs out of its sums', async () => {
    const text = await scrape();
    expect(text).toContain('llm_request_duration_seconds_count{model="other",task_type="other"} 1\n');
    expect(text).not.toContain('my own idea');
    expect(text).not.toContain('llm_token_cost_usd_count{model="other"');
  });

  it.each([
    ['gen_ai_server_request_duration', 14, 81.92],
    ['gen_ai_server_time_to_first_token', 16, 10],
    ['gen_ai_client_operation_duration', 14, 81.92],
    ['gen_ai_client_operation_time_to_first_chunk', 14, 81.92],
    ['gen_ai_client_token_usage', 14, 67_108_864],
  ])('has %s with the boundaries of the convention', async (name, count, greatest) => {
    const bounds = [...new Set(boundsOf(await scrape(), name))];
    expect(bounds).toHaveLength(count + 1);
    expect(bounds.at(-2)).toBe(greatest);
  });

  it('tells input tokens from output tokens, and failures by their code', async () => {
    const text = await scrape();
    expect(text).toMatch(/gen_ai_client_token_usage_sum{[^}]*gen_ai_token_type="input"[^}]*} 900\n/);
    expect(text).toMatch(/gen_ai_client_token_usage_sum{[^}]*gen_ai_token_type="output"[^}]*} 70\n/);
    expect(text).toMatch(/gen_ai_server_request_duration_count{[^}]*error_type="all_attempts_failed"[^}]*} 1\n/);
  });

  it("has the rooms' own counters and gauges, though they were declared before telemetry started", async () => {
    replays.add(2, { door: 'nats' });
    open = 7;
    const text = await scrape();
    expect(text).toContain('skein_replays_total{door="nats"} 2\n');
    expect(text).toContain('skein_streams_open{door="http"} 7\n');
    stopObserving();
    open = 9;
    expect(await scrape()).not.toContain('skein_streams_open{door="http"} 9\n');
  });
});

it('labels a request without a task as unknown', () => {
  expect(taskLabel(null)).toBe('unknown');
  expect(taskLabel('qa')).toBe('qa');
});
