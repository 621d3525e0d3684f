import { billingRoom } from '@skein/billing';
import type { RoomDefinition } from '@skein/boot';
import { cacheRoom } from '@skein/cache';
import { vendors, type VendorAdapterName, type VendorId } from '@skein/catalog';
import { classifierRoom } from '@skein/classifier';
import { gatewayRoom } from '@skein/gateway';
import { healthRoom } from '@skein/health';
import { jobsRoom } from '@skein/jobs';
import { orchestratorRoom } from '@skein/orchestrator';
import { anthropicRoom } from '@skein/provider-anthropic';
import { bedrockRoom } from '@skein/provider-bedrock';
import { cohereRoom } from '@skein/provider-cohere';
import { googleRoom } from '@skein/provider-google';
import { openaiRoom } from '@skein/provider-openai';
import { compatibleRoom } from '@skein/provider-openai-compatible';
import { vertexRoom } from '@skein/provider-vertex';
import { recordsRoom } from '@skein/records';
import { routerRoom } from '@skein/router';
import { workflowsRoom } from '@skein/workflows';

/** Every room but the vendors' workers, in the order they start: what others need first, the doors last. */
export const rooms = {
  billing: billingRoom,
  records: recordsRoom,
  health: healthRoom,
  cache: cacheRoom,
  classifier: classifierRoom,
  router: routerRoom,
  orchestrator: orchestratorRoom,
  jobs: jobsRoom,
  workflows: workflowsRoom,
  gateway: gatewayRoom,
} as const satisfies Record<string, RoomDefinition>;
export type RoomName = keyof typeof rooms;

export const roomNames = Object.keys(rooms) as readonly RoomName[];

export function isRoomName(text: string): text is RoomName {
  return Object.hasOwn(rooms, text);
}

const workerRooms: Record<VendorAdapterName, (vendor: VendorId) => RoomDefinition> = {
  openai: () => openaiRoom(),
  anthropic: () => anthropicRoom(),
  google: () => googleRoom(),
  vertex: () => vertexRoom(),
  bedrock: () => bedrockRoom(),
  cohere: () => cohereRoom(),
  'openai-compatible': (vendor) => compatibleRoom(vendor),
};

/** Vendors that some adapter speaks to. */
export const servedVendors: readonly VendorId[] = vendors.filter(({ adapter }) => adapter !== null).map(({ id }) => id);

/** The worker room of a vendor. Throws for a vendor no adapter speaks to. */
export function workerRoom(vendorId: VendorId): RoomDefinition {
  const adapter = vendors.find(({ id }) => id === vendorId)?.adapter ?? null;
  if (adapter === null) throw new Error(`no adapter speaks to ${vendorId} yet`);
  return workerRooms[adapter](vendorId);
}

/** Folder of the worker that serves a vendor, below services/provider-workers. */
export function workerFolder(vendorId: VendorId): string {
  const adapter = vendors.find(({ id }) => id === vendorId)?.adapter ?? null;
  if (adapter === null) throw new Error(`no adapter speaks to ${vendorId} yet`);
  return adapter;
}
