export { newId } from './new-id.js';
export { Serves } from './serves.js';
export type { Lease } from './lease.js';
export { BusStrategy } from './nest-strategy.js';
export { connectBus, type BusOptions, type LocalMode, type NatsBus } from './nats-bus.js';
export type { ApiMessage, Bus, CallOptions, Fleet, FleetWorker, Handler, ReadFact, ServedContext } from './types.js';
export { runCompletion, type CompletionRun } from './sink/run-completion.js';
export { AnswerStream, type AnswerEnd, type AnswerListener } from './sink/answer-stream.js';
export {
  attemptsOf,
  closeCompletion,
  keepAnswer,
  taskOf,
  toCompletionFinished,
  type ClosedCompletion,
} from './sink/close-completion.js';
