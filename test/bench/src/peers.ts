/**
 * What people would pick instead, as it comes from npm, pinned by peers/package.json and its lock. Their packages stay in
 * peers/node_modules: never in the product, nor where the bench's own code would find them. Nothing of theirs is switched off.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { processEnvironment } from '@skein/config';
import { benchFile } from './checkout.ts';
import type { Place, Start, Target } from './target.ts';

const folder = benchFile('../peers');
const INSTALL_WITHIN_MS = 180_000;
const pinned = read<{ dependencies: Record<string, string>; overrides: Record<string, string> }>('package.json');
let whyNotInstalled: string | null = null;

export const peers: readonly Target[] = [
  {
    name: 'nginx',
    kind: 'peer',
    what: 'nginx as a proxy, one worker, no buffering: no gateway, the least a proxy can cost',
    start: startNginx,
    missing: () => (nginxProgram() === null ? 'there is no nginx on this machine' : null),
  },
  {
    name: 'portkey',
    kind: 'peer',
    what: `Portkey's gateway (@portkey-ai/gateway ${versionOf('@portkey-ai/gateway')}), one process`,
    start: ({ ports: [port], environment }) => ({
      command: [join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'), `--port=${port}`, '--headless'],
      environment: { ...environment, NODE_ENV: 'production' },
    }),
    address: (upstream) => ({
      model: 'gpt-bench',
      headers: {
        authorization: 'Bearer bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${upstream}/v1`,
      },
    }),
    missing: () => whyMissing('@portkey-ai/gateway'),
  },
  {
    name: 'ccr',
    kind: 'peer',
    what: `claude-code-router's core (@musistudio/llms ${versionOf('@musistudio/llms')}), one process, its log off`,
    start: ({ ports: [port], upstream, environment }) => ({
      command: [benchFile('./subjects/ccr.ts')],
      environment: { ...environment, PORT: String(port), UPSTREAM: upstream, NODE_ENV: 'production' },
    }),
    address: () => ({ model: 'bench,gpt-bench', headers: { authorization: 'Bearer bench' } }),
    missing: () => whyMissing('@musistudio/llms'),
  },
];

/** Installs the pinned packages unless they are there. What hinders it is what the targets then say of themselves. */
export function installPeers(say: (line: string) => void): void {
  if (isInstalled()) return;
  say('installing the peers of test/bench/peers from npm');
  const { status, stderr, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--registry=https://registry.npmjs.org/'],
    { cwd: folder, encoding: 'utf8', timeout: INSTALL_WITHIN_MS, env: processEnvironment() },
  );
  if (status === 0) return;
  const lines = (error?.message ?? stderr).split('\n').filter((line) => /error/i.test(line));
  whyNotInstalled = lines[0] ?? `npm ended with ${status}`;
}

/** Whether what is pinned by name is there in the version of the lock. */
function isInstalled(): boolean {
  const { packages } = read<{ packages: Record<string, { version?: string }> }>('package-lock.json');
  return [...Object.keys(pinned.dependencies), ...Object.keys(pinned.overrides)].every((name) => {
    const place = `node_modules/${name}`;
    return (
      existsSync(join(folder, place)) &&
      read<{ version: string }>(`${place}/package.json`).version === packages[place]?.version
    );
  });
}

function whyMissing(name: string): string | null {
  return existsSync(join(folder, 'node_modules', name))
    ? null
    : `it could not be installed from npm: ${whyNotInstalled ?? 'not asked for'}`;
}

function versionOf(name: string): string {
  return pinned.dependencies[name] ?? 'unknown';
}

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Content;
}

function nginxProgram(): string | null {
  const places = [...(processEnvironment()['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = places.find((place) => {
    try {
      accessSync(join(place, 'nginx'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found === undefined ? null : join(found, 'nginx');
}

function startNginx({ ports: [port], upstream, directory, environment }: Place): Start {
  mkdirSync(directory, { recursive: true });
  const config = join(directory, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr warn;
events { worker_connections 16384; }
http {
  access_log off; ${temporary}
  keepalive_requests 10000000;
  upstream vendor { server ${new URL(upstream).host}; keepalive 512; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://vendor; proxy_http_version 1.1; proxy_set_header connection ""; proxy_buffering off; }
  }
}
`,
  );
  return { program: nginxProgram() ?? 'nginx', command: ['-c', config, '-e', 'stderr'], environment };
}
