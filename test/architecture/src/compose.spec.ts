import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { vendors } from '@skein/catalog';
import { parse } from 'yaml';
import { z } from 'zod';
import { isRoom, packages, readJson, readText, root } from './repository.js';

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()).min(2) }).optional(),
  networks: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
});
const composeFile = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })).default({}),
});

const readCompose = (path: string) => composeFile.parse(parse(readText(path), { merge: true, maxAliasCount: -1 }));

const mesh = readCompose('docker-compose.yml');
const everything = { ...mesh.services, ...readCompose('deploy/compose/observability.yml').services };
const workers = Object.entries(mesh.services).filter(([name]) => name.startsWith('worker-'));
const isWorkerFolder = (folder: string): boolean => folder.startsWith('services/provider-workers/');
const roomFolders = packages.filter(isRoom).map(({ folder }) => folder);

/** The room a service runs, from its command; undefined for backing servers. */
const roomOf = ({ command = [] }: z.infer<typeof service>): string | undefined =>
  command.map((word) => /^(services\/.+)\/dist\/src\/main\.js$/.exec(word)?.[1]).find((folder) => folder !== undefined);

describe('docker-compose.yml', () => {
  it('has a service for every room, under its own name', () => {
    for (const folder of roomFolders.filter((each) => !isWorkerFolder(each))) {
      expect(mesh.services[basename(folder)]?.command).toContain(`${folder}/dist/src/main.js`);
    }
  });

  it('runs only what there is', () => {
    const folders = Object.values(mesh.services).flatMap((each) => roomOf(each) ?? []);
    expect(folders.filter((folder) => !existsSync(join(root, folder, 'src', 'main.ts')))).toEqual([]);
  });

  it('has a worker for every vendor that an adapter speaks to, in the right program', () => {
    const served = vendors.filter(({ adapter }) => adapter !== null);
    expect(workers.map(([name]) => name).sort()).toEqual(served.map(({ id }) => `worker-${id}`).sort());
    for (const { id, adapter } of served) {
      expect(mesh.services[`worker-${id}`]?.command).toContain(`services/provider-workers/${adapter}/dist/src/main.js`);
      if (adapter === 'openai-compatible') expect(mesh.services[`worker-${id}`]?.environment['VENDOR']).toBe(id);
    }
  });

  it.each(workers)('gives %s the secret of its own vendor and no other', (name, { environment, profiles }) => {
    const vendor = vendors.find(({ id }) => `worker-${id}` === name);
    const key = vendor?.keyVariable ?? vendor?.optionalKeyVariable;
    const secrets = Object.keys(environment).filter((variable) => /_API_KEY$/.test(variable));
    expect(secrets).toEqual([key]);
    expect(environment[`${key}`]).toBe(`\${${key}:-}`);
    for (const store of ['REDIS_URL', 'DATABASE_URL', 'SKEIN_CONFIG']) expect(environment).not.toHaveProperty(store);
    expect(profiles).toContain(vendor?.id);
  });

  it('gives vendor keys to workers alone, and lets workers alone out', () => {
    const others = Object.entries(mesh.services).filter(([name]) => !name.startsWith('worker-'));
    for (const [name, { environment, networks }] of others) {
      const keys = Object.keys(environment).filter((variable) => /_API_KEY$/.test(variable));
      expect({ name, keys, vendors: networks.includes('vendors') }).toEqual({ name, keys: [], vendors: false });
    }
    expect(mesh.networks['mesh']?.internal).toBe(true);
    const doors = others.filter(([, { networks }]) => networks.includes('door')).map(([name]) => name);
    expect(doors.sort()).toEqual(['gateway', 'nats']);
  });

  it.each(Object.entries(everything))('checks the health of %s', (_name, { healthcheck }) => {
    expect(healthcheck?.test[0]).toMatch(/^CMD/);
  });

  it.each(Object.entries(everything))('pins the version of %s', (_name, { image }) => {
    // PostgreSQL's full versions have two numbers.
    expect(image).toMatch(
      /^[a-z/-]+:(?:v?\d+\.\d+\.\d+|\d+\.\d+-alpine|\$\{SKEIN_VERSION:-\d+\.\d+\.\d+\})(?:-[a-z]+)?$/,
    );
  });

  it('opens no port to other machines unless told to', () => {
    const ports = Object.values(everything).flatMap((each) => each.ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !/^(?:127\.0\.0\.1|\$\{[A-Z_]+:-127\.0\.0\.1\}):/.test(port))).toEqual([]);
  });

  it('has no password in it', () => {
    const values = Object.values(everything).flatMap(({ environment }) => Object.entries(environment));
    const secrets = values.filter(([variable]) => /PASSWORD|_KEY$|AUTH$/.test(variable));
    expect(secrets.length).toBeGreaterThan(workers.length);
    expect(secrets.filter(([, value]) => !/^\$\{[A-Z_]+(?::\?|:-)\}$/.test(value))).toEqual([]);
  });
});

describe('the image', () => {
  const dockerfile = readText('deploy/docker/Dockerfile');

  it('runs the Node that the workspace runs', () => {
    const { devDependencies } = z
      .looseObject({ devDependencies: z.looseObject({ node: z.string() }) })
      .parse(readJson('package.json'));
    expect(dockerfile).toContain(`ARG NODE_VERSION=${devDependencies.node}\n`);
  });

  it('does not run as root', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
  });
});

describe('prometheus.yml', () => {
  it('scrapes every room and every worker', () => {
    const jobs = z.looseObject({
      scrape_configs: z.array(
        z.looseObject({ job_name: z.string(), dns_sd_configs: z.array(z.looseObject({ names: z.array(z.string()) })) }),
      ),
    });
    const { scrape_configs: configs } = jobs.parse(parse(readText('deploy/prometheus/prometheus.yml')));
    const scraped = configs.flatMap(({ dns_sd_configs: found }) => found.flatMap(({ names }) => names));
    const rooms = Object.entries(mesh.services).filter(
      ([name, each]) => roomOf(each) !== undefined && name !== 'sandbox',
    );
    expect(scraped.sort()).toEqual(rooms.map(([name]) => name).sort());
  });
});
