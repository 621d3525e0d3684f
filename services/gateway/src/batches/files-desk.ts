import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import {
  AppendFile,
  CreateFile,
  DeleteFile,
  FILE_PART_BYTES,
  FinishFile,
  GetFile,
  ListFiles,
  ReadFilePart,
  filePurposes,
  type FileView,
} from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import { askRoom } from '../door/ask-room.js';
import { cutIntoParts } from './file-parts.js';
import { callOf, unixSeconds } from './jobs-room.js';
import { listOf, readPage } from './read-page.js';

/** A file that has been brought, but of which nobody has said yet what it is for. */
export interface BroughtFile {
  readonly id: string;
  readonly parts: number;
}

type Purpose = FileView['purpose'];

export interface FilesQuery {
  readonly purpose?: string;
  readonly limit?: string;
  readonly after?: string;
}

const LONGEST_EXPIRY_S = 30 * 86_400;

/** The way of files between customers and the room that keeps them: part by part, so that none is ever held whole. */
@Injectable()
export class FilesDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** Brings the bytes of a file. What was begun and fails is given up; the room sweeps it away. */
  async bring(key: KeyRecord, filename: string, bytes: AsyncIterable<Uint8Array>): Promise<BroughtFile> {
    const { tenant } = key;
    const { id } = await askRoom('jobs', this.bus.call(CreateFile, { tenant, filename }, callOf(key)));
    let parts = 0;
    for await (const part of cutIntoParts(bytes, FILE_PART_BYTES)) {
      const options = { body: new RequestBody(part) };
      await askRoom('jobs', this.bus.call(AppendFile, { tenant, id, seq: parts }, callOf(key), options));
      parts += 1;
    }
    return { id, parts };
  }

  async finish(key: KeyRecord, file: BroughtFile, purpose: Purpose, expiresAfterS: number | null): Promise<FileView> {
    const whole = { tenant: key.tenant, ...file, purpose, expires_after_s: expiresAfterS };
    return askRoom('jobs', this.bus.call(FinishFile, whole, callOf(key)));
  }

  get(key: KeyRecord, id: string): Promise<FileView> {
    return askRoom('jobs', this.bus.call(GetFile, { tenant: key.tenant, id }, callOf(key)));
  }

  async page(key: KeyRecord, query: FilesQuery) {
    const isAny = query.purpose === 'batch_output' || query.purpose === undefined;
    const asked = { ...readPage(query, 10_000, 1_000), purpose: isAny ? null : readPurpose(query.purpose) };
    const { files, has_more } = await askRoom(
      'jobs',
      this.bus.call(ListFiles, { tenant: key.tenant, ...asked }, callOf(key)),
    );
    return listOf(files.map(publicFile), has_more);
  }

  delete(key: KeyRecord, id: string) {
    return askRoom('jobs', this.bus.call(DeleteFile, { tenant: key.tenant, id }, callOf(key)));
  }

  /** The bytes of a file, part by part; the next one is fetched while one is written. */
  async *read(key: KeyRecord, id: string): AsyncGenerator<Buffer> {
    const fetchPart = async (seq: number): Promise<Buffer | null> => {
      const { data } = await askRoom('jobs', this.bus.call(ReadFilePart, { tenant: key.tenant, id, seq }, callOf(key)));
      return data === null ? null : Buffer.from(data, 'base64');
    };
    let next = fetchPart(0);
    for (let seq = 1; ; seq += 1) {
      const part = await next;
      if (part === null) return;
      next = fetchPart(seq);
      // Whoever stops reading leaves a fetch behind that nobody waits for.
      next.catch(() => undefined);
      yield part;
    }
  }
}

/** Throws `invalid_request` for what is no purpose of a file. */
export function readPurpose(written: string | undefined): Purpose {
  const purpose = filePurposes.find((known) => known === written);
  if (purpose === undefined || purpose === 'batch_output') {
    throw new SkeinError('invalid_request', 'purpose: must be "batch" or "user_data"', { param: 'purpose' });
  }
  return purpose;
}

/** Seconds until a file lapses; null where nobody says. Throws `invalid_request`. */
export function readExpiry(seconds: string | number | undefined): number | null {
  if (seconds === undefined) return null;
  const value = Number(seconds);
  if (Number.isInteger(value) && value >= 3_600 && value <= LONGEST_EXPIRY_S) return value;
  throw new SkeinError(
    'invalid_request',
    `expires_after.seconds: must be a whole number from 3600 to ${LONGEST_EXPIRY_S}`,
    { param: 'expires_after.seconds' },
  );
}

/** A file as OpenAI's clients read it. */
export function publicFile(file: FileView) {
  return {
    id: file.id,
    object: 'file',
    bytes: file.bytes,
    created_at: unixSeconds(file.created_at),
    expires_at: file.expires_at === null ? null : unixSeconds(file.expires_at),
    filename: file.filename,
    purpose: file.purpose,
    status: file.status === 'processed' ? 'processed' : 'uploaded',
    status_details: null,
  };
}
