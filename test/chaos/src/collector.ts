import { OtlpReceiver } from '@skein/testkit';

/** Where the mesh sends its traces; it can go away and come back under the same address. */
export class Collector {
  readonly #port: number;

  private constructor(private receiver: OtlpReceiver) {
    this.#port = receiver.port;
  }

  static async start(): Promise<Collector> {
    return new Collector(await OtlpReceiver.start());
  }

  /** What makes a mesh export to it. A share of the traces, so that every other fault is not a test of tracing. */
  get environment(): Readonly<Record<string, string>> {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#port}`, OTEL_TRACES_SAMPLER_ARG: '0.2' };
  }

  /** Spans that came in since it was last started. */
  get spans(): number {
    return this.receiver.count;
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }

  async startAgain(): Promise<void> {
    this.receiver = await OtlpReceiver.start(this.#port);
  }
}
