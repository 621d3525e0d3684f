/**
 * Skein with everything on: a key with limits of every kind (none of which bites), classification, routing, the exact cache
 * asked and filled, the ledger's fact acknowledged before the answer, traces at 10 % sent to the mock's core.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@skein/config';
import { benchFile, checkout } from './checkout.ts';
import { BENCH_KEY, plainAddress } from './request.ts';
import type { Place, Target } from './target.ts';

export interface SkeinOptions {
  /** How many keys there are; requests take turns with them. Default 1. */
  readonly keys?: number;
  /** A routing policy, as YAML or JSON. */
  readonly policy?: string;
  readonly settings?: Environment;
}

/** As `npm start` runs it, flags and all. */
const oneProcess = startScript()
  .split(' ')
  .slice(1)
  .map((word) => (word.startsWith('-') ? word : join(checkout, word)));
const launcher = benchFile('./subjects/skein-groups.ts');
const everyRoom = join(checkout, 'services/standalone/dist/src/supervisor.js');

export const skeinTargets: readonly Target[] = [
  skeinTarget('skein-one', 'Skein in one process, everything on', oneProcess),
  skeinTarget(
    'skein-three',
    'Skein in three processes (gateway; orchestrator, cache, classifier, router; worker) and a fourth behind the answer (billing, records, health)',
    groups('billing+records+health', 'orchestrator+cache+classifier+router', 'worker', 'gateway'),
  ),
  skeinTarget('skein-apart', 'Skein with every room in a process of its own, under its supervisor', [everyRoom]),
];

/** Skein in one process. */
export function skeinInOne(name: string, what: string, options: SkeinOptions): Target {
  return skeinTarget(name, what, oneProcess, options);
}

/** Skein in these groups of rooms (see subjects/skein-groups.ts). */
export function skeinInGroups(name: string, what: string, of: readonly string[], options: SkeinOptions = {}): Target {
  const doors = Number(/^(\d+)\*/.exec(of.find((group) => group.endsWith('gateway')) ?? '')?.[1] ?? 1);
  return { ...skeinTarget(name, what, groups(...of), options), doors };
}

/** The same target with other settings. */
export function withSettings(target: Target, settings: Environment): Target {
  const { start } = target;
  if (start === null) return target;
  return {
    ...target,
    start: (place) => {
      const started = start(place);
      return { ...started, environment: { ...started.environment, ...settings } };
    },
  };
}

function startScript(): string {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start;
}

function groups(...names: readonly string[]): string[] {
  return [launcher, ...names];
}

function skeinTarget(name: string, what: string, command: readonly string[], options: SkeinOptions = {}): Target {
  const { keys = 1 } = options;
  let turn = 0;
  return {
    name,
    kind: 'skein',
    what,
    start: (place) => ({ command, environment: skeinEnvironment(place, options) }),
    hasLauncher: command[0] === launcher,
    ...(keys > 1 && {
      address: () => ({
        model: plainAddress.model,
        get headers() {
          turn = (turn + 1) % keys;
          return { authorization: `Bearer ${keyOf(turn)}` };
        },
      }),
    }),
  };
}

const keyOf = (no: number): string => (no === 0 ? BENCH_KEY : `${BENCH_KEY}-${no}`);

function skeinEnvironment({ ports, upstream, directory, environment }: Place, options: SkeinOptions): Environment {
  mkdirSync(directory, { recursive: true });
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  return {
    ...environment,
    SKEIN_STATE_DIR: join(directory, 'state'),
    SKEIN_CONFIG: file('keys.yaml', keysDocument(options.keys ?? 1)),
    ...(options.policy !== undefined && { SKEIN_POLICY: file('policy.yaml', options.policy) }),
    GATEWAY_PORT: String(ports[0]),
    GATEWAY_PORTS: ports.join(','),
    GATEWAY_HOST: '127.0.0.1',
    OPENAI_API_KEY: 'bench',
    OPENAI_BASE_URL: `${upstream}/v1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: upstream,
    OTEL_TRACES_SAMPLER_ARG: '0.1',
    LOG_LEVEL: 'warn',
    ...options.settings,
  };
}

function keysDocument(count: number): string {
  const limits = '{ requests_per_minute: 100000000, tokens_per_minute: 1000000000000, in_flight: 100000 }';
  const keys = Array.from({ length: count }, (_, no) => {
    const hash = createHash('sha256').update(keyOf(no)).digest('hex');
    return `      - { id: bench-${no}, key: "sha256:${hash}", limits: ${limits} }\n`;
  });
  return `tenants:\n  bench:\n    limits: ${limits}\n    keys:\n${keys.join('')}`;
}
