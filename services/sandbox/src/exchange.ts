import type { ServerResponse } from 'node:http';

/** One HTTP answer in the making: waits that end early when the client leaves, and writes that heed backpressure. */
export class Exchange {
  private readonly leaving: Promise<void>;
  private onLeave: () => void = () => undefined;
  private isGone = false;
  private headAtMs: number | null = null;

  constructor(private readonly response: ServerResponse) {
    this.leaving = new Promise((resolve) => (this.onLeave = resolve));
    response.once('close', () => {
      this.isGone = true;
      this.onLeave();
    });
  }

  /** Whether the connection is closed, by whichever side. */
  get isClosed(): boolean {
    return this.isGone;
  }

  /** When the status line was handed over, ms since 1970; null before. */
  get firstByteAtMs(): number | null {
    return this.headAtMs;
  }

  /** Waits, or less when the client leaves. */
  async pause(ms: number): Promise<void> {
    if (ms <= 0 || this.isGone) return;
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([elapsed, this.leaving]);
    clearTimeout(timer);
  }

  /** Ends when the client has left. */
  left(): Promise<void> {
    return this.leaving;
  }

  head(status: number, headers: Record<string, string>): void {
    if (this.isGone) return;
    this.headAtMs = Date.now();
    this.response.writeHead(status, headers);
  }

  flushHead(): void {
    if (!this.isGone) this.response.flushHeaders();
  }

  /** Hands bytes to the socket and waits while it is full. */
  async write(bytes: string, encoding: BufferEncoding = 'utf8'): Promise<void> {
    if (this.isGone || this.response.write(bytes, encoding)) return;
    await Promise.race([new Promise<void>((resolve) => this.response.once('drain', resolve)), this.leaving]);
  }

  /** Ends the answer; resolves once the last byte is handed over (true) or the client left before (false). */
  async end(bytes = '', encoding: BufferEncoding = 'utf8'): Promise<boolean> {
    if (this.isGone) return false;
    const handedOver = new Promise<void>((resolve) => this.response.end(bytes, encoding, resolve));
    await Promise.race([handedOver, this.leaving]);
    return this.response.writableFinished;
  }

  /** Destroys the connection without finishing the answer, after what was written has left. */
  async cut(): Promise<void> {
    if (this.isGone) return;
    if (this.response.headersSent) {
      const flushed = new Promise<void>((resolve) => this.response.write('', () => resolve()));
      await Promise.race([flushed, this.leaving]);
    }
    this.response.destroy();
  }
}
