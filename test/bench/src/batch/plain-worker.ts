/**
 * What a batch is measured against: a BullMQ worker in a process of its own that does nothing else. `nothing`: its handler
 * returns. `call`: its handler makes the one call to the vendor and drops the answer, as a worker written by hand would.
 */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const ADD_AT_ONCE = 1_000;
const CONCURRENCY = 64;

const [redisUrl = '', vendorUrl = '', kind = 'nothing', count = '0'] = process.argv.slice(2);
const total = Number(count);
const queueName = `plain-${kind}`;
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });

async function call(no: number): Promise<void> {
  const response = await fetch(`${vendorUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      max_tokens: 16,
      messages: [{ role: 'user', content: `What is ${no} + 1?` }],
    }),
  });
  if (!response.ok) throw new Error(`the vendor answered ${response.status}`);
  await response.json();
}

const queue = new Queue<{ no: number }>(queueName, { connection });
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
let done = 0;
let finish: () => void = () => undefined;
const finished = new Promise<void>((resolve) => (finish = resolve));
const worker = new Worker<{ no: number }>(
  queueName,
  async ({ data }) => {
    if (kind === 'call') await call(data.no);
  },
  { connection, concurrency: CONCURRENCY, removeOnComplete: { count: 0 } },
);
worker.on('completed', () => {
  done += 1;
  if (done === total) finish();
});
for (let from = 0; from < total; from += ADD_AT_ONCE) {
  const some = Array.from({ length: Math.min(ADD_AT_ONCE, total - from) }, (_, index) => ({
    name: 'line',
    data: { no: from + index },
  }));
  await queue.addBulk(some);
}
await finished;
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
process.stdout.write(`${JSON.stringify({ seconds, cpuMs: (user + system) / 1_000 })}\n`);
await worker.close();
await queue.obliterate({ force: true });
await queue.close();
connection.disconnect();
