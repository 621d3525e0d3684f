// Run by the specs as a process of its own: launches all three servers, says where they are, and stays until it is killed.
import { launchServers } from '../src/index.js';

const [stateDir = ''] = process.argv.slice(2);
const { nats, redisUrl, databaseUrl, launched } = await launchServers({ stateDir });
const pids = Object.values(launched).map((server) => server?.pid);
process.stdout.write(`${JSON.stringify({ meshUrl: nats.meshUrl, redisUrl, databaseUrl, pids })}\n`);
setInterval(() => undefined, 60_000);
