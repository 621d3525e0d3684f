import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { BUS, READINESS, type Readiness } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { MetricsHandler } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { METRICS } from '../tokens.js';

/** Rooms without which no chat is answered. */
const neededRooms = ['orchestrator', 'router'] as const;

/** `/healthz` alive, `/readyz` a chat would be answered, `/metrics` Prometheus. */
@Controller()
export class OpsController {
  constructor(
    @Inject(BUS) bus: Bus,
    @Inject(READINESS) private readonly readiness: Readiness,
    @Inject(METRICS) private readonly metrics: MetricsHandler,
  ) {
    const { fleet } = bus;
    for (const room of neededRooms)
      readiness.add(room, () => fleet.rooms().has(room) && (fleet.refusalOf(room) ?? true));
    readiness.add('a vendor worker', () => fleet.vendors().size > 0 && (fleet.refusalOfWorkers() ?? true));
  }

  @Get('/healthz')
  alive() {
    return { status: 'alive' };
  }

  @Get('/readyz')
  ready(@Res() reply: FastifyReply): void {
    const missing = this.readiness.missing();
    void reply
      .status(missing.length === 0 ? 200 : 503)
      .send({ status: missing.length === 0 ? 'ready' : 'not_ready', missing });
  }

  @Get('/metrics')
  scrape(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    this.metrics(request.raw, reply.raw);
  }
}
