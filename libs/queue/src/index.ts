export { openQueue, type AddOptions, type JobQueue } from './queue.js';
export {
  openWorker,
  Postponed,
  type JobWorker,
  type RunContext,
  type RunHandler,
  type WorkerOptions,
} from './worker.js';
export { queueNames, queuePolicies, type QueueName, type QueuePolicy } from './policies.js';
export { openQueueBoard, type QueueBoard } from './board.js';
