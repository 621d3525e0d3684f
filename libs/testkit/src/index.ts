// Everything a test needs to drive built processes from outside: start them, ask them, watch them, end them.
export {
  startMesh,
  launchMesh,
  makeStateDir,
  checkoutRoot,
  type LaunchedMesh,
  type Mesh,
  type MeshOptions,
} from './mesh.js';
export { NodeProcess, noneLeft, type Exit } from './node-process.js';
export { listProcesses, descendantsOf, stillRunning, type ProcessEntry } from './process-table.js';
export { plainEnvironment } from './environment.js';
export { freePort } from './free-port.js';
export { eventually, type Patience } from './eventually.js';
export { HttpClient, type HttpAnswer, type HttpAsk, type HttpStream } from './http-client.js';
export { readSse, type SseEvent } from './sse.js';
export { SandboxClient, type SandboxKnobs, type SandboxStats, type ServedRequest } from './sandbox-client.js';
export { chat, misbehave, type ChatBody } from './requests.js';
export { OtlpReceiver, type ExportedSpan } from './otlp-receiver.js';
export { sumNanoUsd, toNanoUsd } from './money.js';
export type {
  AttemptAnswer,
  ChatAnswer,
  ChatChunk,
  ErrorAnswer,
  ExplainAnswer,
  JobAnswer,
  ModelsAnswer,
  PlanAnswer,
  RecordAnswer,
  UsageAnswer,
} from './surface.js';
