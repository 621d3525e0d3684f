import type { Bus, CallOptions, Fleet, FleetWorker } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import type { Fact, Rpc } from '@skein/contracts/make';
import type { CallContext } from '@skein/contracts/wire';

export interface FakeCall<Request> {
  readonly request: Request;
  readonly context: CallContext;
  readonly options: CallOptions;
}
type Answer<Request, Reply> = (call: FakeCall<Request>) => Promise<Reply> | Reply;

/** The processes a test wants to be alive. */
export class FakeFleet implements Fleet {
  readonly #lost = new Set<(instance: string) => void>();
  readonly #change = new Set<() => void>();
  #workers: FleetWorker[] = [];
  readonly dead = new Set<string>();

  /** Workers by name, each with room for so many attempts; replaces those before and tells of the change. */
  have(workers: readonly (Pick<FleetWorker, 'vendor' | 'instance'> & Partial<FleetWorker>)[]): void {
    this.#workers = workers.map((worker) => ({ mode: 'sandbox', concurrency: 10, ...worker }));
    for (const listener of this.#change) listener();
  }

  lose(instance: string): void {
    this.dead.add(instance);
    for (const listener of this.#lost) listener(instance);
  }

  isAlive(instance: string): boolean {
    return !this.dead.has(instance);
  }
  workersOf(vendor: string): readonly FleetWorker[] {
    return this.#workers.filter((worker) => worker.vendor === vendor);
  }
  vendors(): ReadonlyMap<string, FleetWorker['mode']> {
    return new Map(this.#workers.map(({ vendor, mode }) => [vendor, mode]));
  }
  isAway(): boolean {
    return false;
  }
  readonly isCutOff = false;
  refusalOf(): null {
    return null;
  }
  refusalOfWorkers(): null {
    return null;
  }
  processesOf(): number {
    return 1;
  }
  rooms(): ReadonlySet<string> {
    return new Set();
  }
  onLost(listener: (instance: string) => void): () => void {
    this.#lost.add(listener);
    return () => void this.#lost.delete(listener);
  }
  onChange(listener: () => void): () => void {
    this.#change.add(listener);
    return () => void this.#change.delete(listener);
  }
}

const unused = (): never => {
  throw new Error('the conductor has no business with this');
};

/** A bus whose other side is the test: replies are scripted per contract; calls and facts are kept in order. */
export class FakeBus implements Bus {
  readonly instance = 'conductor-1';
  readonly fleet = new FakeFleet();
  readonly takesFacts = true;
  readonly isConnected = true;
  /** Subjects of the calls and facts, in the order in which they were made. */
  readonly said: string[] = [];
  readonly facts: { readonly subject: string; readonly body: unknown }[] = [];
  readonly #answers = new Map<string, Answer<never, unknown>>();

  on<Request, Reply>(contract: Rpc<Request, Reply>, answer: Answer<Request, Reply>): void {
    this.#answers.set(contract.subject, answer);
  }

  async call<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    context: CallContext,
    options: CallOptions = {},
  ): Promise<Reply> {
    this.said.push(contract.subject);
    const answer = this.#answers.get(contract.subject) as Answer<Request, Reply> | undefined;
    if (answer === undefined) throw new SkeinError('no_responders', `Nobody serves ${contract.subject}`);
    return answer({ request, context, options });
  }

  state<Body>(fact: Fact<Body>, body: Body): Promise<void> {
    this.said.push(fact.subject);
    this.facts.push({ subject: fact.subject, body: fact.body.parse(body) });
    return Promise.resolve();
  }

  serve = unused;
  tell = unused;
  emitFrame = unused;
  takeFrames = unused;
  readFacts = unused;
  watchFacts = unused;
  putSnapshot = unused;
  watchSnapshot = unused;
  lease = unused;
  announceVendor = unused;
  tellStats = (): void => undefined;
  serveApi = unused;
  publishEvent = unused;
}
