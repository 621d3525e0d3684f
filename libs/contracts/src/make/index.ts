export { rpc, rpcWithBody, fact, snapshot, job, type Rpc, type Fact, type Snapshot, type Job } from './makers.js';
