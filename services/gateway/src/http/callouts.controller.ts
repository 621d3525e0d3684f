import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Req } from '@nestjs/common';
import type { KeyRecord } from '@skein/contracts/billing';
import { jobLimits, scheduleRequest, webhookRequest } from '@skein/contracts/jobs';
import type { FastifyRequest } from 'fastify';
import { CalloutsDesk } from '../door/callouts-desk.js';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';
import { readJson } from './read-json.js';

/** `/v1/schedules`, `/v1/webhooks`, and for operators `/v1/queue/limits`. */
@Controller('/v1')
export class CalloutsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(CalloutsDesk) private readonly desk: CalloutsDesk,
  ) {}

  @Post('/schedules')
  @HttpCode(201)
  createSchedule(@Req() request: FastifyRequest) {
    const key = this.#keyOf(request);
    return this.desk.createSchedule(readJson(request, scheduleRequest), key, doorHeadersOf(request.headers));
  }

  @Get('/schedules')
  listSchedules(@Req() request: FastifyRequest) {
    return this.desk.listSchedules(this.#keyOf(request));
  }

  @Delete('/schedules/:id')
  deleteSchedule(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.desk.deleteSchedule(id, this.#keyOf(request));
  }

  @Post('/webhooks')
  @HttpCode(201)
  createWebhook(@Req() request: FastifyRequest) {
    const key = this.#keyOf(request);
    return this.desk.createWebhook(readJson(request, webhookRequest), key);
  }

  @Get('/webhooks')
  listWebhooks(@Req() request: FastifyRequest) {
    return this.desk.listWebhooks(this.#keyOf(request));
  }

  @Get('/webhooks/:id')
  getWebhook(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.desk.getWebhook(id, this.#keyOf(request));
  }

  @Delete('/webhooks/:id')
  deleteWebhook(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.desk.deleteWebhook(id, this.#keyOf(request));
  }

  @Post('/webhooks/:id/rotate')
  @HttpCode(200)
  rotate(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.desk.rotateSecret(id, this.#keyOf(request));
  }

  @Get('/webhooks/:id/deliveries')
  deliveries(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.desk.deliveries(id, this.#keyOf(request));
  }

  @Post('/webhooks/:id/deliveries/:delivery/redeliver')
  @HttpCode(202)
  redeliver(@Req() request: FastifyRequest, @Param('id') id: string, @Param('delivery') delivery: string) {
    return this.desk.redeliver(id, delivery, this.#keyOf(request));
  }

  @Get('/queue/limits')
  listLimits(@Req() request: FastifyRequest) {
    return this.desk.listLimits(this.#keyOf(request));
  }

  @Put('/queue/limits')
  putLimits(@Req() request: FastifyRequest) {
    const key = this.#keyOf(request);
    return this.desk.putLimits(readJson(request, jobLimits), key);
  }

  #keyOf(request: FastifyRequest): KeyRecord {
    return this.keys.authenticate(doorHeadersOf(request.headers));
  }
}
