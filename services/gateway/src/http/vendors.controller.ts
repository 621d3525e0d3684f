import { Controller, Get, Inject, Param, Put, Req } from '@nestjs/common';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { VendorsDesk, vendorOverride } from '../door/vendors-desk.js';
import { doorHeadersOf } from './door-headers.js';
import { readJson } from './read-json.js';

/** `/v1/vendors`, with an admin key: how vendors are doing; `PUT /v1/vendors/{vendor}` takes one out for a while. */
@Controller('/v1/vendors')
export class VendorsController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(VendorsDesk) private readonly desk: VendorsDesk,
  ) {}

  @Get()
  list(@Req() request: FastifyRequest) {
    return this.desk.list(this.keys.authenticate(doorHeadersOf(request.headers)));
  }

  @Put('/:vendor')
  override(@Req() request: FastifyRequest, @Param('vendor') vendor: string) {
    const headers = doorHeadersOf(request.headers);
    return withSpan('PUT /v1/vendors/{vendor}', { kind: 'server', parent: headers['traceparent'] }, (span) => {
      const traceparent = traceparentOf(span) ?? headers['traceparent'];
      const key = this.keys.authenticate(headers);
      return this.desk.override(vendor, readJson(request, vendorOverride).out_ms, key, traceparent);
    });
  }
}
