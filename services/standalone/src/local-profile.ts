import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsError, readSettings, type Environment, type SettingsOf } from '@skein/config';
import { launchServers, type Servers } from '@skein/servers';
import { chooseVendors, type VendorChoice } from './choose-vendors.js';
import { isLive } from './live-vendors.js';
import { servedVendors } from './rooms.js';
import { localSettings } from './settings.js';

/** The key of the local profile. It is known only here, and only while the HTTP door stays on loopback. */
export const LOCAL_KEY = 'sk-skein-dev';

export const checkoutRoot = fileURLToPath(new URL('../../../../', import.meta.url));
const loopback = new Set(['127.0.0.1', 'localhost', '::1']);

export interface LocalProfile {
  readonly settings: SettingsOf<typeof localSettings>;
  readonly stateDir: string;
  readonly servers: Servers;
  readonly vendors: VendorChoice;
  readonly http: string;
  /** Null when the door is open to other machines: then keys come from SKEIN_CONFIG alone. */
  readonly key: string | null;
  /** What every room of the profile is started with. */
  readonly environment: Environment;
}

/** Reads the profile's settings and brings up what it stands on: the backing servers, found, installed or given. */
export async function openLocalProfile(environment: Environment, say: (line: string) => void): Promise<LocalProfile> {
  const settings = readSettings(localSettings, environment);
  const key = loopback.has(settings.GATEWAY_HOST) ? LOCAL_KEY : null;
  if (key === null && settings.SKEIN_CONFIG === undefined) {
    throw new SettingsError([
      `GATEWAY_HOST=${settings.GATEWAY_HOST} opens the door to other machines, where the local key does not exist: set SKEIN_CONFIG to a file with keys (see services/billing/example.skein-config.yaml)`,
    ]);
  }
  const stateDir = settings.SKEIN_STATE_DIR ?? join(checkoutRoot, '.skein');
  mkdirSync(stateDir, { recursive: true });
  const servers = await launchServers({
    stateDir,
    given: { natsUrl: settings.NATS_URL, redisUrl: settings.REDIS_URL, databaseUrl: settings.DATABASE_URL },
    natsAuth: { customerPassword: LOCAL_KEY },
    onProgress: say,
  });
  return {
    settings,
    stateDir,
    servers,
    vendors: chooseVendors(settings.SANDBOX, servedVendors, (vendor) => isLive(vendor, environment)),
    http: `http://${settings.GATEWAY_HOST}:${settings.GATEWAY_PORT}`,
    key,
    environment: {
      ...environment,
      NATS_URL: servers.nats.meshUrl,
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
      LOG_LEVEL: settings.LOG_LEVEL,
      ...(key !== null && { DEV_KEY: key }),
    },
  };
}

/** Tells other commands on this machine where the mesh is. Holds the mesh's own password, so it is for its owner only. */
export function writeMeshFile(profile: LocalProfile, sandboxUrl: string | null): () => void {
  const file = join(profile.stateDir, 'mesh.json');
  const content = {
    pid: process.pid,
    http: profile.http,
    nats: profile.servers.nats.customerUrl,
    nats_mesh: profile.servers.nats.meshUrl,
    sandbox: sandboxUrl,
  };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return () => rmSync(file, { force: true });
}
