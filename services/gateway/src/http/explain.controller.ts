import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { RequestBody } from '@skein/contracts/wire';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExplainDesk } from '../door/explain-desk.js';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';

/** `POST /v1/explain`: the plan, without running it. */
@Controller()
export class ExplainController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(ExplainDesk) private readonly desk: ExplainDesk,
  ) {}

  @Post('/v1/explain')
  async explain(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const answer = await withSpan('POST /v1/explain', { kind: 'server', parent: headers['traceparent'] }, (span) =>
      this.desk.explain(new RequestBody(bytes).json, key, headers, traceparentOf(span)),
    );
    void reply.status(200).send(answer);
  }
}
