import type { Fleet, FleetWorker } from '@skein/bus';
import type { StopSignal } from '@skein/contracts/wire';

/** Ms for which a worker that could not be reached gets nothing: by then its beats have told whether it is alive. */
const SET_ASIDE_MS = 2_000;

/** A place at one worker process; `release` gives it back, once. */
export interface WorkerLease {
  readonly instance: string;
  release(): void;
  /** Nobody was there: the process is passed over for a while, though the fleet may still list it. */
  setAside(): void;
}

interface Waiter {
  readonly take: (lease: WorkerLease | null) => void;
}

/**
 * Which worker process runs an attempt: the one with the least in flight (as this conductor counts) among those that
 * announce themselves, within the limit each announces. When all are full, requests wait in order, up to a bound. Other
 * conductors count for themselves; where both overfill a worker it says busy and the attempt goes elsewhere.
 */
export class WorkerPool {
  readonly #inFlight = new Map<string, number>();
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #aside = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly maxWaiting: number,
    private readonly setAsideMs = SET_ASIDE_MS,
  ) {
    fleet.onChange(() => this.#wakeAll());
  }

  /** A place now, or null when every worker of the vendor is full or there is none. */
  tryAcquire(vendor: string): WorkerLease | null {
    const reachable = this.fleet.workersOf(vendor).filter(({ instance }) => !this.#aside.has(instance));
    const free = leastBusy(reachable, (worker) => this.#count(vendor, worker.instance));
    return free === null ? null : this.#lease(vendor, free.instance);
  }

  /** A place as soon as there is one; null when `waitMs` has passed, the signal aborts or too many wait already. */
  acquire(vendor: string, waitMs: number, signal: StopSignal): Promise<WorkerLease | null> {
    const now = this.tryAcquire(vendor);
    if (now !== null) return Promise.resolve(now);
    const queue = this.#waiting.get(vendor) ?? [];
    this.#waiting.set(vendor, queue);
    if (queue.length >= this.maxWaiting || signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const settle = (lease: WorkerLease | null) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(lease);
      };
      const waiter: Waiter = { take: settle };
      const giveUp = () => {
        const place = queue.indexOf(waiter);
        if (place >= 0) queue.splice(place, 1);
        settle(null);
      };
      const timer = setTimeout(giveUp, waitMs);
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(waiter);
    });
  }

  /** Requests waiting for a worker of the vendor. */
  waitingFor(vendor: string): number {
    return this.#waiting.get(vendor)?.length ?? 0;
  }

  /** How full the fullest of its queues is, 0 to 1. */
  fullness(): number {
    let most = 0;
    for (const queue of this.#waiting.values()) most = Math.max(most, queue.length);
    return this.maxWaiting === 0 ? 0 : most / this.maxWaiting;
  }

  #lease(vendor: string, instance: string): WorkerLease {
    const key = `${vendor} ${instance}`;
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1);
    let held = true;
    return {
      instance,
      setAside: () => {
        this.#aside.add(instance);
        setTimeout(() => {
          this.#aside.delete(instance);
          this.#wakeAll();
        }, this.setAsideMs).unref();
      },
      release: () => {
        if (!held) return;
        held = false;
        const left = (this.#inFlight.get(key) ?? 1) - 1;
        if (left === 0) this.#inFlight.delete(key);
        else this.#inFlight.set(key, left);
        this.#wake(vendor);
      },
    };
  }

  #count(vendor: string, instance: string): number {
    return this.#inFlight.get(`${vendor} ${instance}`) ?? 0;
  }

  #wake(vendor: string): void {
    const queue = this.#waiting.get(vendor);
    while (queue !== undefined && queue.length > 0) {
      const lease = this.tryAcquire(vendor);
      if (lease === null) return;
      queue.shift()?.take(lease);
    }
  }

  #wakeAll(): void {
    for (const vendor of this.#waiting.keys()) this.#wake(vendor);
  }
}

/** The worker with the least in flight that has room; ties go to the first announced. */
export function leastBusy(
  workers: readonly FleetWorker[],
  inFlight: (worker: FleetWorker) => number,
): FleetWorker | null {
  let best: FleetWorker | null = null;
  let bestCount = Infinity;
  for (const worker of workers) {
    const count = inFlight(worker);
    if (count < worker.concurrency && count < bestCount) {
      best = worker;
      bestCount = count;
    }
  }
  return best;
}
