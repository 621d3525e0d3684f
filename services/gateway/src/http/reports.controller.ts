import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { modelInfo, modelPage } from '../anthropic/model-list.js';
import { speaksAnthropic } from '../anthropic/speaks-anthropic.js';
import { KeysView } from '../door/keys.view.js';
import { ReportsDesk } from '../door/reports-desk.js';
import { doorHeadersOf } from './door-headers.js';

/** `/v1/requests/{id}`, `/v1/usage`, `/v1/models`. */
@Controller('/v1')
export class ReportsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(ReportsDesk) private readonly reports: ReportsDesk,
  ) {}

  @Get('/requests/:id')
  request(@Req() request: FastifyRequest, @Param('id') id: string) {
    const headers = doorHeadersOf(request.headers);
    return this.reports.request(id, this.keys.authenticate(headers), headers['traceparent']);
  }

  @Get('/usage')
  usage(@Req() request: FastifyRequest, @Query('since') since?: string) {
    const headers = doorHeadersOf(request.headers);
    return this.reports.usage(since, this.keys.authenticate(headers), headers['traceparent']);
  }

  @Get('/models')
  models(@Req() request: FastifyRequest, @Query() query: unknown) {
    const headers = doorHeadersOf(request.headers);
    this.keys.authenticate(headers);
    const models = this.reports.models();
    if (!speaksAnthropic(request.url, headers)) return models;
    return modelPage(
      models.data.map(({ id }) => id),
      query,
      this.reports.catalog,
    );
  }

  /** The id may hold slashes: `openai/gpt-4o`. */
  @Get('/models/*')
  model(@Req() request: FastifyRequest) {
    const headers = doorHeadersOf(request.headers);
    this.keys.authenticate(headers);
    const id = decodeURIComponent((request.url.split('?')[0] ?? '').slice('/v1/models/'.length));
    const model = this.reports.model(id);
    return speaksAnthropic(request.url, headers) ? modelInfo(id, this.reports.catalog) : model;
  }
}
