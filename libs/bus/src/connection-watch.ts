import type { NatsConnection } from '@nats-io/transport-node';

/** A server that is restarted is back within this, ms: whoever has something new to ask waits for it. */
export const PATIENCE_MS = 2_000;
/** The others come back within this of each other, ms: before, nobody may be there to answer. */
export const TOGETHER_MS = 400;

export interface ConnectionListener {
  onLost(): void;
  onBack(): void;
}

/**
 * Whether the process is connected to NATS, and how long it has not been. The client drops what it is given meanwhile, so
 * nothing may be said before it is back.
 */
export class ConnectionWatch {
  #isConnected = true;
  #isGivenUp = false;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ((isBack: boolean) => void)[] = [];

  constructor(private readonly listener: ConnectionListener) {}

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Resolves once it is connected again, and most others are: true; false when the patience, or `mostMs`, is over. */
  whenConnected(mostMs: number): Promise<boolean> {
    if (this.#isConnected || this.#isGivenUp) return Promise.resolve(this.#isConnected);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, mostMs, false).unref();
      this.#waiting.push((isBack) => {
        clearTimeout(timer);
        resolve(isBack);
      });
    });
  }

  async follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#lose();
      else if (status.type === 'reconnect') this.#regain();
    }
    this.stop();
  }

  /** Nobody need wait any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#wake(this.#isConnected);
  }

  #lose(): void {
    if (!this.#isConnected) return;
    clearTimeout(this.#timer);
    this.#isConnected = false;
    this.listener.onLost();
    this.#timer = setTimeout(() => {
      this.#isGivenUp = true;
      this.#wake(false);
    }, PATIENCE_MS).unref();
  }

  #regain(): void {
    clearTimeout(this.#timer);
    this.#isConnected = true;
    this.#isGivenUp = false;
    this.listener.onBack();
    this.#timer = setTimeout(() => this.#wake(true), TOGETHER_MS).unref();
  }

  #wake(isBack: boolean): void {
    for (const wake of this.#waiting.splice(0)) wake(isBack);
  }
}
