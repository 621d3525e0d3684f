import { vendors } from '@skein/catalog';
import { processEnvironment } from '@skein/config';

/** Names whose values would make a test depend on the machine it runs on. */
const ours =
  /^(SKEIN_|OTEL_|GATEWAY_|BUS_LOCAL$|SANDBOX|NATS_URL$|REDIS_URL$|DATABASE_URL$|NODE_OPTIONS$|LOG_LEVEL$|JEST_|NODE_ENV$)/;

/** The environment of this process less everything a mesh would read: settings, servers, keys. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const vendorNames = vendors.map(({ id }) => `${id.toUpperCase()}_`);
  const isPlain = (name: string) => !ours.test(name) && !vendorNames.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(Object.entries(processEnvironment()).filter(([name]) => isPlain(name)));
}
