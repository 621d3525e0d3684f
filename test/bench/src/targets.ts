/**
 * What is measured side by side. A peer is one more row: how it is started so that it listens on `port` and asks the mock
 * vendor at `upstream`; its packages go into this folder's own package.json.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@skein/config';
import { benchFile, checkout } from './checkout.ts';
import { BENCH_KEY } from './request.ts';

export interface Place {
  readonly port: number;
  /** The mock vendor, as http://host:port. */
  readonly upstream: string;
  /** An empty directory of the target's own. */
  readonly directory: string;
  readonly environment: Environment;
}

export interface Target {
  readonly name: string;
  readonly kind: 'direct' | 'floor' | 'peer' | 'skein';
  readonly what: string;
  /** Null: there is nothing to start, the load goes to the mock vendor itself. */
  readonly start: ((place: Place) => { readonly command: readonly string[]; readonly environment: Environment }) | null;
}

const subject = (script: string) => (place: Place) => ({
  command: [benchFile(`./subjects/${script}`)],
  environment: { ...place.environment, PORT: String(place.port), UPSTREAM: place.upstream },
});

const skein = (script: string) => (place: Place) => ({
  command: [script],
  environment: skeinEnvironment(place),
});

export const targets: readonly Target[] = [
  {
    name: 'direct',
    kind: 'direct',
    what: 'the load straight at the mock vendor: what the method itself costs',
    start: null,
  },
  {
    name: 'node-raw',
    kind: 'floor',
    what: 'a bare node:http + undici proxy, one process',
    start: subject('node-raw.ts'),
  },
  { name: 'chain', kind: 'floor', what: 'bare HTTP → NATS → worker → vendor', start: subject('chain.ts') },
  {
    name: 'skein-one',
    kind: 'skein',
    what: 'Skein in one process, everything on',
    start: skein(join(checkout, 'services/standalone/dist/src/main.js')),
  },
  {
    name: 'skein-three',
    kind: 'skein',
    what: 'Skein in three processes (gateway; orchestrator, cache, classifier, router; worker) and a fourth behind the answer (billing, records, health)',
    start: skein(benchFile('./subjects/skein-three.ts')),
  },
  {
    name: 'skein-apart',
    kind: 'skein',
    what: 'Skein with every room in a process of its own, under its supervisor',
    start: skein(join(checkout, 'services/standalone/dist/src/supervisor.js')),
  },
];

/**
 * Everything on: a key with limits of every kind (none of which bites), classification, routing, the exact cache asked and
 * filled, the ledger's fact acknowledged before the answer, traces at 10 % sent to the mock's core.
 */
function skeinEnvironment({ port, upstream, directory, environment }: Place): Environment {
  const config = join(directory, 'keys.yaml');
  mkdirSync(directory, { recursive: true });
  const hash = createHash('sha256').update(BENCH_KEY).digest('hex');
  const limits = '{ requests_per_minute: 100000000, tokens_per_minute: 1000000000000, in_flight: 100000 }';
  writeFileSync(
    config,
    `tenants:\n  bench:\n    limits: ${limits}\n    keys:\n      - id: bench\n        key: sha256:${hash}\n        limits: ${limits}\n`,
  );
  return {
    ...environment,
    SKEIN_STATE_DIR: join(directory, 'state'),
    SKEIN_CONFIG: config,
    GATEWAY_PORT: String(port),
    GATEWAY_HOST: '127.0.0.1',
    OPENAI_API_KEY: 'bench',
    OPENAI_BASE_URL: `${upstream}/v1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: upstream,
    OTEL_TRACES_SAMPLER_ARG: '0.1',
    LOG_LEVEL: 'warn',
  };
}
