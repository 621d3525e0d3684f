/**
 * A closed loop: so many requests in flight, each followed by the next as soon as it is answered. It says how much work a
 * target does and how long each piece takes at that pressure; it does not say what a customer who arrives at a fixed rate
 * would wait (a slow answer also delays the next question, which an open loop would not forgive).
 */
import { percentile } from '../statistics.ts';
import { HttpConnection, type Answer } from './http-connection.ts';

export interface LoopOptions {
  /** Connections are dealt out over them in turn. */
  readonly ports: readonly number[];
  readonly inFlight: number;
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly nextRequest: () => Uint8Array;
  /** Why the answer is no good; null when it is. */
  readonly faultOf: (answer: Answer) => string | null;
  /** Called at the moments the window begins and ends. */
  readonly onWindow: (edge: 'begin' | 'end') => void;
}

export interface LoopResult {
  readonly seconds: number;
  /** Answered well within the window, whenever they began. */
  readonly answers: number;
  readonly bodyEvents: number;
  readonly errors: number;
  readonly firstError: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly firstBodyP50Ms: number;
  readonly firstBodyP99Ms: number;
  /** Requests in flight that Little's law makes of rate and mean; should be what was asked for. */
  readonly little: number;
  /** Age of the oldest request that the window's end left unanswered. */
  readonly oldestUnansweredMs: number;
}

export async function runClosedLoop(options: LoopOptions): Promise<LoopResult> {
  const latencies: number[] = [];
  const firstBodies: number[] = [];
  const underWay = new Map<HttpConnection, number>();
  let events = 0;
  let errors = 0;
  let firstError: string | null = null;
  let isCounting = false;
  let isOver = false;

  const ask = (connection: HttpConnection): void => {
    const sentAt = performance.now();
    underWay.set(connection, sentAt);
    connection.send(options.nextRequest(), (answer) => {
      const now = performance.now();
      underWay.delete(connection);
      const fault = options.faultOf(answer);
      if (isCounting) {
        if (fault === null) {
          latencies.push(now - sentAt);
          firstBodies.push(answer.firstBodyAt - sentAt);
          events += answer.events;
        } else {
          errors += 1;
          firstError ??= fault;
        }
      }
      if (isOver) return;
      // A refused request must not turn the loop into a spin.
      if (fault === null) ask(connection);
      else setTimeout(() => isOver || ask(connection), 10);
    });
  };

  const { ports, inFlight } = options;
  const connections = Array.from(
    { length: inFlight },
    (_, index) => new HttpConnection(ports[index % ports.length] ?? 0),
  );
  for (const connection of connections) ask(connection);
  await pause(options.warmupMs);
  isCounting = true;
  options.onWindow('begin');
  const begunAt = performance.now();
  await pause(options.windowMs);
  const endedAt = performance.now();
  options.onWindow('end');
  isCounting = false;
  const oldest = Math.min(endedAt, ...underWay.values());
  isOver = true;
  await drained(underWay);
  for (const connection of connections) connection.close();

  const seconds = (endedAt - begunAt) / 1000;
  const sum = latencies.reduce((total, ms) => total + ms, 0);
  latencies.sort((a, b) => a - b);
  firstBodies.sort((a, b) => a - b);
  const meanMs = latencies.length === 0 ? 0 : sum / latencies.length;
  return {
    seconds,
    answers: latencies.length,
    bodyEvents: events,
    errors,
    firstError,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    meanMs,
    firstBodyP50Ms: percentile(firstBodies, 0.5),
    firstBodyP99Ms: percentile(firstBodies, 0.99),
    little: ((latencies.length / seconds) * meanMs) / 1000,
    oldestUnansweredMs: endedAt - oldest,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The next target must not share the core with this one's last answers. */
async function drained(underWay: ReadonlyMap<HttpConnection, number>): Promise<void> {
  const giveUpAt = performance.now() + 2_000;
  while (underWay.size > 0 && performance.now() < giveUpAt) await pause(5);
}
