export {
  BUS,
  SETTINGS,
  LOGGER,
  READINESS,
  LIFECYCLE,
  defineRoom,
  type Lifecycle,
  type Readiness,
  type RoomContext,
  type RoomDefinition,
  type RunningRoom,
} from './room.js';
export { boot, explainStartFailure } from './boot.js';
export { startRooms, type RoomPlacement, type RunningRooms } from './start-rooms.js';
export { roomRoot } from './room-host.js';
export { ServerStop } from './server-stop.js';
export { liveCatalog, type LiveCatalog } from './live-catalog.js';
export { meshSettings } from './mesh-settings.js';
export type { ReadinessBoard } from './readiness.js';
