import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { exceptions, forTests, layers } from '../lint/layers.mjs';
import { packages } from './repository.js';
import { runNode } from './run-node.js';

const NX = 'node_modules/nx/dist/bin/nx.js';
const SLOW_MS = 120_000;

const graphFile = z.looseObject({
  graph: z.looseObject({
    nodes: z.record(z.string(), z.looseObject({ data: z.looseObject({ tags: z.array(z.string()).default([]) }) })),
    dependencies: z.record(z.string(), z.array(z.looseObject({ source: z.string(), target: z.string() }))),
  }),
});

async function readGraph(): Promise<z.infer<typeof graphFile>['graph']> {
  const directory = await mkdtemp(join(tmpdir(), 'skein-graph-'));
  try {
    const file = join(directory, 'graph.json');
    const { exitCode, errors, output } = await runNode([NX, 'graph', `--file=${file}`]);
    if (exitCode !== 0) throw new Error(`nx graph failed: ${errors}${output}`);
    return graphFile.parse(JSON.parse(await readFile(file, 'utf8'))).graph;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const matches = (pattern: string, tag: string): boolean =>
  pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : tag === pattern;

/** May a project with these tags depend on one with those? Test code may reach more, and a graph does not tell it apart. */
function mayDepend(source: readonly string[], target: readonly string[]): boolean {
  const allowed = Object.entries(layers)
    .filter(([tag]) => source.includes(tag))
    .every(([, reachable]) => target.some((tag) => [...reachable, ...forTests].includes(tag)));
  const forbidden = Object.entries(exceptions)
    .filter(([pattern]) => source.some((tag) => matches(pattern, tag)))
    .some(([, unreachable]) => target.some((tag) => unreachable.includes(tag)));
  return allowed && !forbidden;
}

describe('the graph of projects', () => {
  let graph: z.infer<typeof graphFile>['graph'];
  beforeAll(async () => void (graph = await readGraph()), SLOW_MS);
  const tagsOf = (name: string): readonly string[] => graph.nodes[name]?.data.tags ?? [];

  it('has every package, and edges between them', () => {
    expect(Object.keys(graph.nodes)).toEqual(expect.arrayContaining(packages.map(({ name }) => name)));
    expect(Object.values(graph.dependencies).flat().length).toBeGreaterThan(packages.length);
  });

  it('gives every package exactly one layer of the table', () => {
    const wrong = packages.filter(({ tags }) => tags.filter((tag) => tag in layers).length !== 1);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('has each tag that the table tells apart', () => {
    const known = new Set(packages.flatMap(({ tags }) => tags));
    const named = [...Object.values(layers), ...Object.values(exceptions)].flat();
    expect(named.filter((tag) => !known.has(tag))).toEqual([]);
  });

  it('has no edge that the table forbids', () => {
    const edges = Object.values(graph.dependencies)
      .flat()
      .filter(({ source, target }) => source in graph.nodes && target in graph.nodes);
    const wrong = edges.filter(({ source, target }) => !mayDepend(tagsOf(source), tagsOf(target)));
    expect(wrong.map(({ source, target }) => `${source} → ${target}`)).toEqual([]);
  });
});

const BOUNDARY = '@nx/enforce-module-boundaries';
const HOME = 'skein/package-home';
const SYNTAX = 'no-restricted-syntax';
const router = 'services/router/src/planted.ts';
const using = (source: string): string => `import * as planted from '${source}';\nexport const used = planted;\n`;

const refused: readonly (readonly [why: string, path: string, text: string, rule: string])[] = [
  ['a room from a room', router, using('@skein/cache'), BOUNDARY],
  ['a room from a room, by path', router, using('../../cache/src/index.js'), BOUNDARY],
  ['the kit from a room', router, using('@skein/provider-kit'), BOUNDARY],
  ['testkit from running code', router, using('@skein/testkit'), BOUNDARY],
  ['the bus from a contract', 'libs/contracts/src/planted.ts', using('@skein/bus'), BOUNDARY],
  ['an adapter from an adapter', 'libs/queue/src/planted.ts', using('@skein/store'), BOUNDARY],
  ['the queue from the kit', 'libs/provider-kit/src/planted.ts', using('@skein/queue'), BOUNDARY],
  ['the store from a worker', 'services/provider-workers/openai/src/planted.ts', using('@skein/store'), BOUNDARY],
  ['the bus from the command', 'services/cli/src/planted.ts', using('@skein/bus'), BOUNDARY],
  ['a room from an end-to-end spec', 'test/e2e/src/planted.e2e.spec.ts', using('@skein/gateway'), BOUNDARY],
  ['servers from running code', router, using('@skein/servers'), HOME],
  ['NATS outside the bus', router, using('@nats-io/nats-core'), HOME],
  ['BullMQ outside the queue', router, using('bullmq'), HOME],
  ['Redis outside its homes', router, using('ioredis'), HOME],
  ['TypeORM outside a repository', router, using('typeorm'), HOME],
  ['the OTel SDK outside telemetry', router, using('@opentelemetry/sdk-trace'), HOME],
  ['Nest in a contract', 'libs/contracts/src/planted.ts', using('@nestjs/common'), HOME],
  ['a lazy import too', router, `export const planted = import('bullmq');\n`, HOME],
  ['a re-export too', router, `export { Queue } from 'bullmq';\n`, HOME],
  ['the environment outside config', router, `export const planted = process.env['HOME'];\n`, SYNTAX],
  ['a barrel', router, `export * from './decide-route.js';\n`, SYNTAX],
  ['any', router, `export const planted = (value: any): unknown => value;\n`, '@typescript-eslint/no-explicit-any'],
  ['a file over 400 lines', router, 'export {};\n'.repeat(401), 'max-lines'],
  ['what a comment tries to switch off', router, `/* eslint-disable */\n${using('bullmq')}`, HOME],
];

const accepted: readonly (readonly [why: string, path: string, text: string])[] = [
  ['a contract from a room', router, using('@skein/contracts/router')],
  ['testkit from a spec', 'services/router/src/planted.spec.ts', using('@skein/testkit')],
  ['servers from an integration spec', 'services/router/test/planted.int.spec.ts', using('@skein/servers')],
  ['the kit from a worker', 'services/provider-workers/openai/src/planted.ts', using('@skein/provider-kit')],
  ['TypeORM in a repository', 'services/records/src/planted.repository.ts', using('typeorm')],
  ['the bus from the kit', 'libs/provider-kit/src/planted.ts', using('@skein/bus')],
  ['NATS in the command', 'services/cli/src/planted.ts', using('@nats-io/nats-core')],
  ['the OTel API anywhere', router, using('@opentelemetry/api')],
];

describe('the linter', () => {
  const found = new Map<string, readonly string[]>();
  beforeAll(async () => {
    const planted = [...refused, ...accepted].map(([why, path, text]) => ({ why, path, text }));
    const { output, errors } = await runNode(['test/architecture/lint/lint-planted.mjs'], JSON.stringify(planted));
    const rules = z.array(z.array(z.string())).length(planted.length, errors).parse(JSON.parse(output));
    planted.forEach(({ why }, index) => found.set(why, rules[index] ?? []));
  }, SLOW_MS);

  it.each(refused.map(([why, , , rule]) => [why, rule] as const))('refuses %s (%s)', (why, rule) => {
    expect(found.get(why)).toContain(rule);
  });

  it.each(accepted.map(([why]) => [why]))('accepts %s', (why) => {
    expect(found.get(why)).toEqual([]);
  });
});
