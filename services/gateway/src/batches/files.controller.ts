import { Readable } from 'node:stream';
import type {} from '@fastify/multipart';
import { Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import { FILE_MAX_BYTES, type FileView } from '@skein/contracts/jobs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from '../http/door-headers.js';
import { FilesDesk, publicFile, readExpiry, readPurpose, type BroughtFile, type FilesQuery } from './files-desk.js';

/** `/v1/files`, as OpenAI has them: what batches read and write. */
@Controller('/v1/files')
export class FilesController {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(FilesDesk) private readonly files: FilesDesk,
  ) {}

  @Post()
  async upload(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.status(200).send(publicFile(await this.#receive(request, this.#keyOf(request))));
  }

  @Get()
  list(@Req() request: FastifyRequest, @Query() query: FilesQuery): Promise<object> {
    return this.files.page(this.#keyOf(request), query);
  }

  @Get('/:id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    return publicFile(await this.files.get(this.#keyOf(request), id));
  }

  @Get('/:id/content')
  async content(@Req() request: FastifyRequest, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const key = this.#keyOf(request);
    const file = await this.files.get(key, id);
    void reply
      .status(200)
      .headers({ 'content-type': 'application/octet-stream', 'content-length': file.bytes })
      .send(Readable.from(this.files.read(key, id), { objectMode: false }));
  }

  @Delete('/:id')
  async delete(@Req() request: FastifyRequest, @Param('id') id: string): Promise<object> {
    const { deleted } = await this.files.delete(this.#keyOf(request), id);
    return { id, object: 'file', deleted };
  }

  #keyOf(request: FastifyRequest): KeyRecord {
    return this.keys.authenticate(doorHeadersOf(request.headers));
  }

  /** Reads the form as it comes; its fields may stand before or after the file. */
  async #receive(request: FastifyRequest, key: KeyRecord): Promise<FileView> {
    if (!request.isMultipart()) {
      throw new SkeinError(
        'invalid_request',
        'Send the file as multipart/form-data with the fields "purpose" and "file"',
        {
          param: 'file',
        },
      );
    }
    const fields = new Map<string, string>();
    let brought: BroughtFile | null = null;
    for await (const part of request.parts({ limits: { fileSize: FILE_MAX_BYTES, files: 1, fields: 10 } })) {
      if (part.type === 'field') {
        fields.set(part.fieldname, String(part.value));
      } else if (part.fieldname === 'file') {
        brought = await this.files.bring(key, part.filename, part.file);
        if (part.file.truncated) {
          throw new SkeinError('request_too_large', `A file has at most ${FILE_MAX_BYTES} bytes`, { param: 'file' });
        }
      } else {
        throw new SkeinError('invalid_request', `${part.fieldname}: is not a field of this request`, {
          param: part.fieldname,
        });
      }
    }
    if (brought === null) throw new SkeinError('invalid_request', 'file: is missing', { param: 'file' });
    return this.files.finish(
      key,
      brought,
      readPurpose(fields.get('purpose')),
      readExpiry(fields.get('expires_after[seconds]')),
    );
  }
}
