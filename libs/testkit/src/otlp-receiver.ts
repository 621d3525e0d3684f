import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it was exported. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  /** `service.name` of the process that made it. */
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly attributes?: readonly OtlpAttribute[];
      }[];
    }[];
  }[];
}

/** Takes what processes export by OTLP over HTTP, as JSON. */
export class OtlpReceiver {
  readonly #spans: ExportedSpan[] = [];
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/v1/traces') this.#spans.push(...readTraces(Buffer.concat(parts).toString('utf8')));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  /** On a port of its own, or on one that an earlier receiver has left. */
  static async start(port = 0): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(port, '127.0.0.1', resolve);
    });
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many spans have come in so far. */
  get count(): number {
    return this.#spans.length;
  }

  /** The spans of one trace that have come in so far. */
  spansOf(traceId: string): readonly ExportedSpan[] {
    return this.#spans.filter((span) => span.traceId === traceId);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function readTraces(text: string): ExportedSpan[] {
  const traces = JSON.parse(text) as OtlpTraces;
  return (traces.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const service = String(readAttributes(resource?.attributes)['service.name']);
    return scopeSpans
      .flatMap(({ spans = [] }) => spans)
      .map(({ traceId, spanId, parentSpanId, name, attributes }) => ({
        traceId,
        spanId,
        parentSpanId: parentSpanId || null,
        name,
        service,
        attributes: readAttributes(attributes),
      }));
  });
}

function readAttributes(attributes: readonly OtlpAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
