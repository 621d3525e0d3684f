import { openStore, type Store } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import { SandboxClient, eventually, type ServedRequest } from '@skein/testkit';
import { compareBooks, type Comparison, type Posting } from './compare-books.js';
import { findFailovers, type Failover } from './failovers.js';

const POLL_MS = 200;
const SETTLE_MS = 90_000;

export interface Account extends Comparison {
  /** Where a failed attempt was followed by one at another vendor. */
  readonly failovers: readonly Failover[];
}

const fates: Record<ServedRequest['outcome'], string> = {
  complete: 'the vendor had answered; the answer was lost with its worker',
  aborted_by_client: 'the vendor saw its caller vanish',
  cut: 'the vendor broke off',
  error: 'the vendor had refused',
  hang: 'the vendor never answered',
};

/** What vendors served beside what the ledger has: read all along, because the vendors' audit is bounded. */
export class Books {
  readonly #served = new Map<number, ServedRequest>();
  #since = 0;
  #before = { served: 0, posted: 0, unknown: 0, seq: 0 };
  #reading: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly sandbox: SandboxClient,
    private readonly ledger: Store,
  ) {
    this.#timer = setInterval(() => {
      this.#reading = this.#reading.then(() => this.#read());
    }, POLL_MS);
  }

  static async open(sandbox: SandboxClient, databaseUrl: string): Promise<Books> {
    const logger = createLogger('chaos', 'silent');
    const ledger = await openStore({ url: databaseUrl, name: 'billing', entities: [], migrations: [], logger });
    return new Books(new SandboxClient(sandbox.url), ledger);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
    await this.ledger.destroy();
    await this.sandbox.close();
  }

  /**
   * Compares the two over everything so far, and waits until they agree or the time for that is over. `served`, `posted`,
   * `unknown` and `failovers` are what came since the last comparison.
   */
  async compare(): Promise<Account> {
    let last: Comparison | undefined;
    let postings: readonly Posting[] = [];
    await eventually(
      async () => {
        this.#reading = this.#reading.then(() => this.#read());
        await this.#reading;
        postings = await this.ledger.query<Posting[]>(
          `SELECT attempt_id AS "attemptId", request_id AS "requestId", outcome, vendor, coalesce(cost_nano_usd, 0)::text AS cost FROM ledger_postings`,
        );
        last = compareBooks([...this.#served.values()], postings);
        const open = (await this.sandbox.stats()).in_flight;
        if (open > 0 || last.drift > 0) throw new Error(`drift ${last.drift}, ${open} calls under way`);
      },
      { withinMs: SETTLE_MS, everyMs: 500 },
    ).catch(() => undefined);
    if (last === undefined) throw new Error('the ledger could not be read');
    const before = this.#before;
    const seq = this.#since;
    this.#before = { ...last, seq };
    const recent = [...this.#served.values()].filter((entry) => entry.seq > before.seq);
    return {
      ...last,
      served: last.served - before.served,
      posted: last.posted - before.posted,
      unknown: last.unknown - before.unknown,
      failovers: findFailovers(recent, postings),
    };
  }

  /** What the vendors say became of an attempt of which the mesh does not know. */
  fateOf(attemptId: string): string {
    const calls = [...this.#served.values()].filter(({ correlation }) => correlation['x-skein-attempt'] === attemptId);
    const [call] = calls;
    return call === undefined ? 'its call never reached the vendor' : fates[call.outcome];
  }

  async #read(): Promise<void> {
    const entries = await this.sandbox.served(this.#since);
    for (const entry of entries) {
      this.#served.set(entry.seq, entry);
      this.#since = Math.max(this.#since, entry.seq);
    }
  }
}
