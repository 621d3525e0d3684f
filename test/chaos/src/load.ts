import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpClient, type JobAnswer } from '@skein/testkit';
import { Tally } from './tally.js';

export interface LoadOptions {
  /** Doors to the mesh, asked in turn; the next one where one does not even answer the telephone. */
  readonly doors: readonly string[];
  readonly key: string;
  /** Plain requests under way at once. */
  readonly plain: number;
  /** Streams under way at once. */
  readonly streams: number;
  /** Jobs submitted a second. */
  readonly jobsPerSecond: number;
  /** What the n-th request asks. */
  readonly bodyOf: (index: number) => Readonly<Record<string, unknown>>;
}

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
const CHAT = '/v1/chat/completions';
const BETWEEN_MS = 20;
/** A customer who was turned away does not come back at once. */
const AFTER_FAILURE_MS = 250;
const ACCEPTED_WITHIN_MS = 60_000;
const JOBS_WITHIN_MS = 180_000;

/** Customers of a mesh: so many plain requests and streams always under way, and jobs now and then. */
export class Load {
  readonly tally = new Tally();
  readonly #clients: readonly HttpClient[];
  readonly #jobs = new Set<string>();
  #isOver = false;
  #asked = 0;

  constructor(private readonly options: LoadOptions) {
    this.#clients = options.doors.map((door) => new HttpClient(door, options.key));
  }

  /** Goes on until `work` has resolved, then until every request and every job has its end. */
  async during(work: Promise<unknown>): Promise<void> {
    const customers = [
      ...Array.from({ length: this.options.plain }, () => this.#again(() => this.#askPlain())),
      ...Array.from({ length: this.options.streams }, () => this.#again(() => this.#askStream())),
      ...(this.options.jobsPerSecond > 0 ? [this.#submitJobs()] : []),
    ];
    try {
      await work;
    } finally {
      this.#isOver = true;
      await Promise.all(customers);
      await this.#followJobs();
      await Promise.all(this.#clients.map((client) => client.close()));
    }
  }

  /** `ask` says whether it was answered. */
  async #again(ask: () => Promise<boolean>): Promise<void> {
    while (!this.#isOver) {
      await pause((await ask()) ? BETWEEN_MS : AFTER_FAILURE_MS);
    }
  }

  async #askPlain(): Promise<boolean> {
    const body = this.options.bodyOf((this.#asked += 1));
    const startedAt = performance.now();
    try {
      const { status, json } = await this.#atSomeDoor((door) => door.post(CHAT, body));
      if (status === 200) this.tally.answered(performance.now() - startedAt);
      else this.tally.failed(codeOf(json, status));
      return status === 200;
    } catch (error) {
      this.tally.failed(nameOf(error));
      return false;
    }
  }

  async #askStream(): Promise<boolean> {
    const body = { ...this.options.bodyOf((this.#asked += 1)), stream: true };
    const startedAt = performance.now();
    try {
      const stream = await this.#atSomeDoor((door) => door.stream(CHAT, body));
      const events = await stream.rest();
      const last = events.at(-1);
      if (stream.status !== 200) this.tally.failed(`status ${stream.status}`);
      else if (last?.data === '[DONE]') this.tally.streamed('whole', performance.now() - startedAt);
      else if (last?.event === 'error')
        this.tally.streamed(`error ${codeIn(last.data)}`, performance.now() - startedAt);
      else this.tally.streamed('broken', performance.now() - startedAt);
      return last?.data === '[DONE]';
    } catch (error) {
      // The door itself went away under it: no frame can say so.
      this.tally.streamed('door lost', performance.now() - startedAt, nameOf(error));
      return false;
    }
  }

  /** Each on its own: one that is not accepted yet does not hold up the next. */
  async #submitJobs(): Promise<void> {
    const submissions: Promise<void>[] = [];
    while (!this.#isOver) {
      this.#asked += 1;
      submissions.push(this.#submit(randomUUID(), { endpoint: CHAT, body: this.options.bodyOf(this.#asked) }));
      await pause(1_000 / this.options.jobsPerSecond);
    }
    await Promise.all(submissions);
  }

  /** As a customer does who wants it done: the same submission under the same key until it is accepted. */
  async #submit(key: string, submission: object): Promise<void> {
    // Not accepted: nothing is promised yet.
    let why = '';
    for (const until = performance.now() + ACCEPTED_WITHIN_MS; performance.now() < until;) {
      try {
        const { status, json } = await this.#atSomeDoor((door) =>
          door.post<JobAnswer>('/v1/jobs', submission, { 'idempotency-key': key }),
        );
        if (status === 202 || status === 200) return void this.#jobs.add(json.id);
        why = codeOf(json, status);
      } catch (error) {
        why = nameOf(error);
      }
      await pause(AFTER_FAILURE_MS);
    }
    this.tally.jobRefused(why);
  }

  async #followJobs(): Promise<void> {
    const until = performance.now() + JOBS_WITHIN_MS;
    const open = new Set(this.#jobs);
    while (open.size > 0 && performance.now() < until) {
      for (const id of open) {
        const answer = await this.#atSomeDoor((door) => door.get<JobAnswer>(`/v1/jobs/${id}`)).catch(() => null);
        if (answer === null || answer.status !== 200 || !ENDED.has(answer.json.status)) continue;
        open.delete(id);
        this.tally.jobEnded(answer.json.status);
      }
      await pause(100);
    }
    for (const _id of open) this.tally.jobLost();
  }

  async #atSomeDoor<Answer>(ask: (door: HttpClient) => Promise<Answer>): Promise<Answer> {
    let last: unknown;
    for (const [index, door] of this.#clients.entries()) {
      try {
        return await ask(door);
      } catch (error) {
        last = error;
        // Only a request that never left may be sent to another door.
        if (nameOf(error) !== 'ECONNREFUSED' || index === this.#clients.length - 1) throw error;
      }
    }
    throw last;
  }
}

function codeIn(data: string): string {
  return (JSON.parse(data) as { error?: { code?: string } }).error?.code ?? '';
}

function codeOf(json: unknown, status: number): string {
  const error = (json as { error?: { code?: string } } | undefined)?.error;
  return `${status} ${error?.code ?? ''}`.trim();
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
