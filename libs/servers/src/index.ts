// Private backing servers: found or installed, started on free ports of the loopback interface, and ended again.
export { launchServers, type LaunchServersOptions, type Servers } from './launch.js';
export { launchNats, type LaunchedNats, type NatsAuth } from './nats.js';
export { launchPostgres, type LaunchedPostgres } from './postgres.js';
export { launchRedis, type LaunchedRedis } from './redis.js';
export {
  ServerMissingError,
  ServerStartError,
  StateInUseError,
  type LaunchedServer,
  type LaunchOptions,
  type Progress,
  type ServerName,
} from './types.js';
