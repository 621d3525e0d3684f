export { awaitCommit, fenceAttempt, switchAttempt, type FenceReply, type SwitchRequest } from './fence.js';
