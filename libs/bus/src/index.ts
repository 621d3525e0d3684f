export { Serves } from './serves.js';
export type {
  ApiMessage,
  Bus,
  CallOptions,
  Fleet,
  FleetWorker,
  Handler,
  ReadFact,
  ServedContext,
} from './types.js';
