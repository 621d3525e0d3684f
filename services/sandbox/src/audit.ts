// What the sandbox served, request by request: the other side of every ledger. Bounded; it says what it had to drop.
import type { Endpoint, Usage } from './wire.js';

export type Outcome = 'complete' | 'cut' | 'aborted_by_client' | 'error' | 'hang';
export const OUTCOMES: readonly Outcome[] = ['complete', 'cut', 'aborted_by_client', 'error', 'hang'];

export interface Served {
  /** Given in the order requests end, so a reader that remembers the last one misses none. */
  seq: number;
  vendor: string;
  model: string;
  endpoint: Endpoint;
  /** The status sent; 0 when the caller got none. */
  status: number;
  stream: boolean;
  /** What the vendor would bill: all of a complete answer, of a broken stream the tokens that left. Null when nothing was produced. */
  usage: Usage | null;
  outcome: Outcome;
  /** Content chunks of a stream handed to the socket. */
  chunks_sent: number;
  started_at: string;
  /** When the status line was handed to the socket; null when none was. */
  first_byte_at: string | null;
  finished_at: string;
  request_id: string;
  /** Headers received that start with `x-skein-`. */
  correlation: Record<string, string>;
}

interface Tally {
  requests: number;
  outcomes: Record<Outcome, number>;
  tokens: Usage;
}

export interface Stats {
  since: string;
  in_flight: number;
  total: Tally;
  vendors: Record<string, Tally & { models: Record<string, Tally> }>;
}

const MOST_VENDORS = 200;
const MOST_MODELS = 2_000;
const OTHERS = '(others)';

function emptyTally(): Tally {
  return {
    requests: 0,
    outcomes: { complete: 0, cut: 0, aborted_by_client: 0, error: 0, hang: 0 },
    tokens: { input: 0, output: 0, reasoning: 0, cached: 0, cacheWrite: 0 },
  };
}

function addTo(tally: Tally, { outcome, usage }: Served): void {
  tally.requests += 1;
  tally.outcomes[outcome] += 1;
  if (usage === null) return;
  tally.tokens.input += usage.input;
  tally.tokens.output += usage.output;
  tally.tokens.reasoning += usage.reasoning;
  tally.tokens.cached += usage.cached;
  tally.tokens.cacheWrite += usage.cacheWrite;
}

export class Audit {
  private ring: Served[] = [];
  private lastSeq = 0;
  /** Entries up to here were reset, which is not the same as dropped. */
  private clearedUpTo = 0;
  private total = emptyTally();
  private vendors = new Map<string, { tally: Tally; models: Map<string, Tally> }>();
  private modelCount = 0;
  private resetAt = new Date();
  private running = 0;

  constructor(private readonly capacity: number) {}

  begin(): void {
    this.running += 1;
  }

  end(): void {
    this.running -= 1;
  }

  /** Keeps one finished request, in place of the oldest when full. */
  finish(entry: Omit<Served, 'seq'>): void {
    const served: Served = { seq: (this.lastSeq += 1), ...entry };
    this.ring[(served.seq - 1) % this.capacity] = served;
    addTo(this.total, served);
    this.count(served);
  }

  /** Entries after `since`, oldest first, at most `limit`. `dropped` counts entries after `since` that the ring no longer holds. */
  since(since: number, limit: number): { served: Served[]; last_seq: number; dropped: number; more: boolean } {
    const overwritten = this.lastSeq - this.capacity;
    const wanted = Math.max(since, this.clearedUpTo);
    const from = Math.max(wanted, overwritten) + 1;
    const to = Math.min(this.lastSeq, from + limit - 1);
    const served: Served[] = [];
    for (let seq = from; seq <= to; seq += 1) {
      const entry = this.ring[(seq - 1) % this.capacity];
      if (entry !== undefined && entry.seq === seq) served.push(entry);
    }
    return { served, last_seq: this.lastSeq, dropped: Math.max(0, overwritten - wanted), more: to < this.lastSeq };
  }

  stats(): Stats {
    const vendors = [...this.vendors].map(
      ([vendor, { tally, models }]) => [vendor, { ...tally, models: Object.fromEntries(models) }] as const,
    );
    return {
      since: this.resetAt.toISOString(),
      in_flight: this.running,
      total: this.total,
      vendors: Object.fromEntries(vendors),
    };
  }

  /** Forgets all entries and sums. Sequence numbers go on, so a reader's `since` stays good. */
  reset(): void {
    this.ring = [];
    this.clearedUpTo = this.lastSeq;
    this.total = emptyTally();
    this.vendors = new Map();
    this.modelCount = 0;
    this.resetAt = new Date();
  }

  private count(served: Served): void {
    const vendorName = this.vendors.has(served.vendor) || this.vendors.size < MOST_VENDORS ? served.vendor : OTHERS;
    const vendor = this.vendors.get(vendorName) ?? { tally: emptyTally(), models: new Map<string, Tally>() };
    this.vendors.set(vendorName, vendor);
    addTo(vendor.tally, served);
    const isKnown = vendor.models.has(served.model);
    const name = isKnown || this.modelCount < MOST_MODELS ? served.model : OTHERS;
    const model = vendor.models.get(name) ?? emptyTally();
    if (!vendor.models.has(name)) this.modelCount += 1;
    vendor.models.set(name, model);
    addTo(model, served);
  }
}
