import { quantile } from './quantile.js';

/** `error <code>`: ended by a frame that says so. */
export type StreamEnd = 'whole' | 'broken' | 'door lost' | `error ${string}`;

/** What customers saw of one fault. */
export class Tally {
  readonly latencies: number[] = [];
  readonly failures = new Map<string, number>();
  readonly streams = new Map<StreamEnd, number>();
  readonly jobs = new Map<string, number>();

  answered(ms: number): void {
    this.latencies.push(ms);
  }

  failed(why: string): void {
    count(this.failures, why);
  }

  streamed(end: StreamEnd, ms: number, why?: string): void {
    count(this.streams, end);
    if (end === 'whole') this.latencies.push(ms);
    if (why !== undefined) count(this.failures, why);
  }

  jobEnded(status: string): void {
    count(this.jobs, status);
  }

  jobLost(): void {
    count(this.jobs, 'lost');
  }

  jobRefused(why: string): void {
    count(this.jobs, `refused (${why})`);
  }

  get plainAnswered(): number {
    return this.latencies.length - (this.streams.get('whole') ?? 0);
  }

  get plainFailed(): number {
    const ofStreams = this.streams.get('door lost') ?? 0;
    return sum(this.failures.values()) - ofStreams;
  }

  /** Plain requests and streams that were begun. */
  get asked(): number {
    return this.plainAnswered + this.plainFailed + sum(this.streams.values());
  }

  /** Those that were answered whole. */
  get answeredWhole(): number {
    return this.latencies.length;
  }

  get jobsDone(): number {
    return this.jobs.get('succeeded') ?? 0;
  }

  /** Whatever became of them. */
  get allJobs(): number {
    return sum(this.jobs.values());
  }

  get lostJobs(): number {
    return this.jobs.get('lost') ?? 0;
  }

  /** A stream that ended neither whole nor by an error frame, while its door lived. */
  get brokenStreams(): number {
    return this.streams.get('broken') ?? 0;
  }

  /** Share `p` (0–1) of the answers took no longer, ms; null without answers. */
  quantile(p: number): number | null {
    return quantile(this.latencies, p);
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const value of counts) total += value;
  return total;
}
