import { Controller, Inject } from '@nestjs/common';
import { Serves, newId, type ServedContext } from '@skein/bus';
import {
  AppendFile,
  CreateFile,
  DeleteFile,
  FinishFile,
  GetFile,
  ListFiles,
  ReadFilePart,
  type FileView,
} from '@skein/contracts/jobs';
import type { z } from 'zod';
import { FilesRepository } from './files.repository.js';

/** Files of customers, as the gateway brings and fetches them. */
@Controller()
export class FilesController {
  constructor(@Inject(FilesRepository) private readonly files: FilesRepository) {}

  @Serves(CreateFile)
  create(file: z.infer<typeof CreateFile.request>): Promise<FileView> {
    return this.files.create({ ...file, id: newId('file') });
  }

  @Serves(AppendFile)
  async append({ tenant, id, seq }: z.infer<typeof AppendFile.request>, { body }: ServedContext): Promise<object> {
    await this.files.append(tenant, id, seq, body.bytes);
    return {};
  }

  @Serves(FinishFile)
  finish({ tenant, id, expires_after_s, ...whole }: z.infer<typeof FinishFile.request>): Promise<FileView> {
    return this.files.finish(tenant, id, { ...whole, expiresAfterS: expires_after_s });
  }

  @Serves(GetFile)
  get({ tenant, id }: z.infer<typeof GetFile.request>): Promise<FileView> {
    return this.files.get(tenant, id);
  }

  @Serves(ReadFilePart)
  async readPart({
    tenant,
    id,
    seq,
  }: z.infer<typeof ReadFilePart.request>): Promise<z.infer<typeof ReadFilePart.reply>> {
    return { data: await this.files.readPart(tenant, id, seq) };
  }

  @Serves(ListFiles)
  async list({ limit, ...asked }: z.infer<typeof ListFiles.request>): Promise<z.infer<typeof ListFiles.reply>> {
    const page = await this.files.list({ ...asked, limit: limit + 1 });
    return { files: page.slice(0, limit), has_more: page.length > limit };
  }

  @Serves(DeleteFile)
  async delete({ tenant, id }: z.infer<typeof DeleteFile.request>): Promise<{ deleted: boolean }> {
    await this.files.delete(tenant, id);
    return { deleted: true };
  }
}
