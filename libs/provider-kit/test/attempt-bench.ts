/** Everything one attempt needs, with a real vendor server behind it and a recording bus before it. */
import { catalog } from '@skein/catalog';
import { createLogger } from '@skein/telemetry';
import type { AttemptOrder } from '@skein/contracts/provider';
import { RequestBody } from '@skein/contracts/wire';
import type { ServedContext } from '@skein/bus';
import { openLine } from '../src/call-vendor.js';
import { systemClock } from '../src/clock.js';
import { KeyRing } from '../src/key-ring.js';
import { openAiDialect } from '../src/openai/openai-dialect.js';
import type { AttemptWorker } from '../src/run-attempt.js';
import type { VendorAdapter } from '../src/vendor-adapter.js';
import { RecordingBus } from './recording-bus.js';

export interface Bench {
  readonly bus: RecordingBus;
  readonly worker: AttemptWorker;
  close(): Promise<void>;
}

export function makeBench(
  url: string,
  options: { adapter?: VendorAdapter; keys?: string[]; sandboxed?: boolean } = {},
): Bench {
  const adapter = options.adapter ?? openAiDialect('openai');
  const bus = new RecordingBus();
  const line = openLine(adapter.vendor.id, url, 10);
  const worker: AttemptWorker = {
    bus,
    adapter,
    line,
    catalog,
    clock: systemClock,
    keys: new KeyRing(options.keys ?? ['sk-test']),
    logger: createLogger('test', 'silent'),
    sandboxed: options.sandboxed ?? false,
  };
  return { bus, worker, close: () => line.pool.destroy() };
}

export function orderFor(overrides: Partial<AttemptOrder> = {}): AttemptOrder {
  return {
    request_id: 'req_1',
    sink: 'gateway-1',
    operation: 'chat',
    stream: true,
    head: {
      attempt_id: 'att_1',
      attempt_no: 1,
      vendor: 'openai',
      model: 'gpt-4o-mini',
      reason: 'asked for by name',
      cache: 'miss',
      notices: [],
    },
    kind: 'live',
    caller: { tenant: 'acme', project: null, key_id: 'key_1', user: null, cost_center: null },
    task: 'qa',
    limits: { first_byte_ms: 5_000, idle_ms: 5_000, call_ms: 10_000 },
    continuation: null,
    ...overrides,
  };
}

export function contextFor(body: unknown, signal: AbortSignal = new AbortController().signal): ServedContext {
  return { requestId: 'req_1', deadline: performance.now() + 60_000, body: RequestBody.of(body), signal };
}
