import { HttpClient } from './http-client.js';

/** Faults and dials of the sandbox by name, such as `{ status: 500, latency: 50, chance: { status: 0.3 } }`. */
export type SandboxKnobs = Readonly<Record<string, number | boolean | string | Readonly<Record<string, number>>>>;

/** One request as the simulated vendor saw it end. */
export interface ServedRequest {
  readonly seq: number;
  readonly vendor: string;
  readonly model: string;
  readonly status: number;
  readonly stream: boolean;
  readonly usage: { readonly input: number; readonly output: number } | null;
  readonly outcome: 'complete' | 'cut' | 'aborted_by_client' | 'error' | 'hang';
  readonly chunks_sent: number;
  readonly started_at: string;
  /** When its status line left; null when none did. */
  readonly first_byte_at: string | null;
  readonly finished_at: string;
  readonly correlation: Readonly<Record<string, string>>;
}

export interface SandboxStats {
  readonly in_flight: number;
  readonly total: { readonly requests: number };
  readonly vendors: Readonly<Record<string, { readonly requests: number }>>;
}

/** The sandbox's own API: its dials, and what it served. */
export class SandboxClient {
  readonly #http: HttpClient;

  constructor(readonly url: string) {
    this.#http = new HttpClient(url);
  }

  /** Sets a vendor's dials, in place of those it had. Throws for a knob the sandbox does not know. */
  async setKnobs(vendor: string, knobs: SandboxKnobs): Promise<void> {
    await this.#done(`/__sandbox/vendors/${vendor}/knobs`, 'PUT', knobs);
  }

  async resetKnobs(vendor: string): Promise<void> {
    await this.#done(`/__sandbox/vendors/${vendor}/knobs`, 'DELETE');
  }

  /** What ended after `since`, oldest first. Throws when the sandbox had to drop some of it. */
  async served(since = 0): Promise<readonly ServedRequest[]> {
    const { json } = await this.#http.get<{ served: ServedRequest[]; dropped: number; more: boolean }>(
      `/__sandbox/served?since=${since}`,
    );
    if (json.dropped > 0 || json.more) throw new Error('the sandbox does not hold all it served; reset it more often');
    return json.served;
  }

  /** What it served for one attempt of the mesh. */
  async servedFor(attemptId: string): Promise<readonly ServedRequest[]> {
    return (await this.served()).filter(({ correlation }) => correlation['x-skein-attempt'] === attemptId);
  }

  async stats(): Promise<SandboxStats> {
    return (await this.#http.get<SandboxStats>('/__sandbox/stats')).json;
  }

  /** Forgets what it served. */
  async reset(): Promise<void> {
    await this.#done('/__sandbox/served', 'DELETE');
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #done(path: string, method: 'PUT' | 'DELETE', body?: unknown): Promise<void> {
    const { status, text } = await this.#http.ask(path, { method, body });
    if (status !== 200) throw new Error(`the sandbox refused ${method} ${path}: ${text}`);
  }
}
