export {
  BUS,
  SETTINGS,
  LOGGER,
  READINESS,
  defineRoom,
  type Readiness,
  type RoomContext,
  type RoomDefinition,
  type RunningRoom,
} from './room.js';
