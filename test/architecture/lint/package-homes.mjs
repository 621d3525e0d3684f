/**
 * Where a package may be imported: a technology lives in the one place that hides it. Paths are prefixes or patterns from
 * the root; what matches no row may be imported anywhere its layer allows. Integration specs look at real servers directly.
 */
const testFolders = [/^(?:libs|services)\/(?:provider-workers\/)?[^/]+\/test\//, /^test\//];
const testCode = [/\.spec\.ts$/, ...testFolders];

export const packageHomes = [
  {
    packages: /^(?:@nats-io\/|nats$)/,
    homes: [/^libs\/(?:bus|servers|testkit)\//, /^services\/cli\//, ...testFolders],
    reason: 'rooms speak through @skein/bus; only clients and what starts servers know NATS itself',
  },
  {
    packages: /^bullmq(?:-otel)?$/,
    homes: [/^libs\/queue\//, /^test\/bench\//],
    reason: 'durable work goes through @skein/queue and its one policy table',
  },
  {
    packages: /^ioredis$/,
    homes: [/^libs\/(?:queue|limits)\//, /^services\/cache\//, ...testFolders],
    reason: 'Redis is for queue, limits and cache; nothing else keeps state in it',
  },
  {
    packages: /^typeorm$/,
    homes: [/^libs\/store\//, /\.(?:entity|repository)\.ts$/, /\/migrations\//, ...testFolders],
    reason: 'rows stay behind their repository; the rest of a room sees plain values',
  },
  {
    packages: /^@opentelemetry\/(?!api$)/,
    homes: [/^libs\/telemetry\//],
    reason: 'the SDK is set up once, in @skein/telemetry; everything else uses @opentelemetry/api',
  },
  {
    packages: /^@nestjs\//,
    homes: [/^(?!libs\/(?:contracts|catalog|config|servers)\/|services\/cli\/)/],
    reason: 'contracts, data and pure files know no framework',
  },
  {
    packages: /^@skein\/(?:testkit|servers)$/,
    homes: [...testCode, /^libs\/(?:testkit|servers)\//, /^services\/standalone\//],
    reason: 'running code starts no servers of its own; only the local profile and tests do',
  },
];

/** The row that forbids importing `source` in the file at `path` (from the root, with `/`); undefined when none does. */
export function forbidding(source, path) {
  return packageHomes.find(({ packages, homes }) => packages.test(source) && !homes.some((home) => home.test(path)));
}
