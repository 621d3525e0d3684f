import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import { traceparentOf, withSpan } from '@skein/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { PoliciesDesk, type PolicyVerb } from '../door/policies-desk.js';
import { doorHeadersOf } from './door-headers.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * `/v1/policies`, with an admin key. A policy is sent as it is written, YAML or JSON, as the body; or as `{"text": …}` or
 * `{"preset": …}`.
 */
@Controller('/v1/policies')
export class PoliciesController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(PoliciesDesk) private readonly desk: PoliciesDesk,
  ) {}

  @Get()
  list(@Req() request: FastifyRequest) {
    return this.#do(request, 'list', {});
  }

  @Post()
  async apply(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query() query: Fields): Promise<void> {
    void reply.status(200).send(await this.#do(request, 'apply', { ...query, ...writtenIn(request) }));
  }

  @Post('/lint')
  async lint(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.status(200).send(await this.#do(request, 'lint', writtenIn(request)));
  }

  @Post('/diff')
  async diff(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query() query: Fields): Promise<void> {
    void reply.status(200).send(await this.#do(request, 'diff', { ...query, ...writtenIn(request) }));
  }

  @Get('/diff')
  compare(@Req() request: FastifyRequest, @Query() query: Fields) {
    return this.#do(request, 'diff', query);
  }

  @Post('/rollback')
  async rollBack(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.status(200).send(await this.#do(request, 'rollback', fieldsIn(request)));
  }

  @Get('/schema')
  schema(@Req() request: FastifyRequest) {
    return this.#do(request, 'schema', {});
  }

  @Get('/rollouts')
  rollouts(@Req() request: FastifyRequest) {
    return this.#do(request, 'rollouts', {});
  }

  @Post('/rollouts/:name')
  async steer(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('name') name: string): Promise<void> {
    void reply.status(200).send(await this.#do(request, 'steer', { ...fieldsIn(request), name }));
  }

  @Get('/:revision')
  show(@Req() request: FastifyRequest, @Param('revision') revision: string) {
    return this.#do(request, 'show', { revision });
  }

  #do(request: FastifyRequest, verb: PolicyVerb, asked: Fields): Promise<unknown> {
    const headers = doorHeadersOf(request.headers);
    const key = this.keys.authenticate(headers);
    return withSpan(`policies ${verb}`, { kind: 'server', parent: headers['traceparent'] }, (span) =>
      this.desk.do(verb, asked, key, traceparentOf(span)),
    );
  }
}

function textIn(request: FastifyRequest): string {
  return request.body instanceof Uint8Array ? Buffer.from(request.body).toString('utf8') : '';
}

/** The fields of a JSON body; none where there is no body. Throws `invalid_request`. */
function fieldsIn(request: FastifyRequest): Fields {
  const text = textIn(request);
  const fields = text.trim() === '' ? {} : objectIn(text);
  if (fields === null) throw new SkeinError('invalid_request', 'The body must be a JSON object');
  return fields;
}

/** Fields of our own around a policy, none of which a policy has. */
const ownFields = ['text', 'preset', 'from', 'to'] as const;

/** A policy as the body has it: wrapped in an object with `text` or `preset`, or as it is. */
function writtenIn(request: FastifyRequest): Fields {
  const text = textIn(request);
  const fields = objectIn(text);
  const isWrapped = fields !== null && ownFields.some((name) => name in fields);
  return isWrapped ? fields : { ...(text.trim() !== '' && { text }) };
}

function objectIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}
