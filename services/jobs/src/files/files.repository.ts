import { Inject, Injectable } from '@nestjs/common';
import { SkeinError } from '@skein/contracts/errors';
import { FILE_MAX_BYTES, FILE_PART_BYTES, type FileView } from '@skein/contracts/jobs';
import { askStore, inTransaction, toSafeInteger } from '@skein/store';
import type { DataSource, EntityManager } from 'typeorm';
import { JOBS_STORE } from '../jobs.repository.js';

export interface NewFile {
  readonly id: string;
  readonly tenant: string;
  readonly filename: string;
}

/** What is known of a file when it is whole. */
export interface WholeFile {
  readonly parts: number;
  readonly purpose: FileView['purpose'];
  /** From now; null: it stays. */
  readonly expiresAfterS: number | null;
}

const COLUMNS = 'id, filename, purpose, bytes, status, created_at, expires_at';
const UNFINISHED_HOURS = 24;

/** Files in parts: written part by part, read part by part, never held whole. */
@Injectable()
export class FilesRepository {
  constructor(@Inject(JOBS_STORE) private readonly store: DataSource) {}

  /** Begins a file. Throws `unavailable` without PostgreSQL. */
  create({ id, tenant, filename }: NewFile): Promise<FileView> {
    return askStore(async () => {
      const [row] = await this.store.query<FileRow[]>(
        `INSERT INTO files (id, tenant, filename, purpose, status) VALUES ($1, $2, $3, 'user_data', 'uploading')
         RETURNING ${COLUMNS}`,
        [id, tenant, filename],
      );
      if (row === undefined) throw new SkeinError('internal', 'PostgreSQL did not return the file it made');
      return toView(row);
    });
  }

  /** Puts part `seq` of a file that is not finished. Throws `not_found`, or `request_too_large` for what no file may have. */
  append(tenant: string, id: string, seq: number, data: Uint8Array): Promise<void> {
    if (data.length > FILE_PART_BYTES || seq * FILE_PART_BYTES >= FILE_MAX_BYTES) {
      throw new SkeinError('request_too_large', `A file has at most ${FILE_MAX_BYTES} bytes.`, { param: 'file' });
    }
    return askStore(async () => {
      const rows = await this.store.query<unknown[]>(
        `INSERT INTO file_parts (file_id, seq, data)
         SELECT id, $3, $4 FROM files WHERE tenant = $1 AND id = $2 AND status = 'uploading'
         ON CONFLICT (file_id, seq) DO UPDATE SET data = EXCLUDED.data RETURNING seq`,
        [tenant, id, seq, Buffer.from(data.buffer, data.byteOffset, data.length)],
      );
      if (rows.length === 0) throw notFound(id);
    });
  }

  /** Closes a file; closing it again changes nothing. Throws `invalid_request` when one is missing. */
  finish(tenant: string, id: string, whole: WholeFile): Promise<FileView> {
    return inTransaction(this.store, async (manager) => {
      const [row] = await manager.query<FileRow[]>(
        `SELECT ${COLUMNS} FROM files WHERE tenant = $1 AND id = $2 FOR UPDATE`,
        [tenant, id],
      );
      if (row === undefined) throw notFound(id);
      if (row.status === 'processed') return toView(row);
      return finishFile(manager, id, whole);
    });
  }

  /** Throws `not_found`. */
  get(tenant: string, id: string): Promise<FileView> {
    return askStore(async () => {
      const [row] = await this.store.query<FileRow[]>(`SELECT ${COLUMNS} FROM files WHERE tenant = $1 AND id = $2`, [
        tenant,
        id,
      ]);
      if (row === undefined) throw notFound(id);
      return toView(row);
    });
  }

  /** Newest first. */
  list(asked: {
    tenant: string;
    purpose: FileView['purpose'] | null;
    limit: number;
    after: string | null;
  }): Promise<FileView[]> {
    const { tenant, purpose, after, limit } = asked;
    return askStore(async () => {
      const rows = await this.store.query<FileRow[]>(
        `SELECT ${COLUMNS} FROM files
         WHERE tenant = $1 AND ($2::text IS NULL OR purpose = $2) AND ($3::text IS NULL OR id < $3) AND status = 'processed'
         ORDER BY id DESC LIMIT $4`,
        [tenant, purpose, after, limit],
      );
      return rows.map(toView);
    });
  }

  /** Part `seq` of a finished file in base64, null after the last. Throws `not_found` when there is no such file. */
  readPart(tenant: string, id: string, seq: number): Promise<string | null> {
    return askStore(async () => {
      // Bytes would come in hexadecimal, half as long again. PostgreSQL breaks lines of base64.
      const [row] = await this.store.query<{ data: string | null }[]>(
        `SELECT translate(encode(part.data, 'base64'), E'\\n', '') AS data FROM files LEFT JOIN file_parts part ON part.file_id = files.id AND part.seq = $3
         WHERE files.tenant = $1 AND files.id = $2 AND files.status = 'processed'`,
        [tenant, id, seq],
      );
      if (row === undefined) throw notFound(id);
      return row.data;
    });
  }

  /** The parts of a finished file, one after the other. Throws `not_found` when it is gone, even half-way. */
  async *parts(tenant: string, id: string): AsyncGenerator<Buffer> {
    for (let seq = 0; ; seq += 1) {
      const data = await this.readPart(tenant, id, seq);
      if (data === null) return;
      yield Buffer.from(data, 'base64');
    }
  }

  /** Throws `not_found`. */
  delete(tenant: string, id: string): Promise<void> {
    return askStore(async () => {
      const rows = await this.store.query<[unknown[], number]>('DELETE FROM files WHERE tenant = $1 AND id = $2', [
        tenant,
        id,
      ]);
      if (rows[1] === 0) throw notFound(id);
    });
  }

  /** Deletes what has expired and what was begun and never finished; returns how many. */
  sweep(): Promise<number> {
    return askStore(async () => {
      const [, count] = await this.store.query<[unknown[], number]>(
        `DELETE FROM files WHERE expires_at <= now()
         OR (status = 'uploading' AND created_at < now() - make_interval(hours => ${UNFINISHED_HOURS}))`,
      );
      return count;
    });
  }
}

/** Closes a file inside a transaction of the room's own. Throws `invalid_request` when a part is missing. */
export async function finishFile(
  manager: EntityManager,
  id: string,
  { parts, purpose, expiresAfterS }: WholeFile,
): Promise<FileView> {
  const [there] = await manager.query<{ count: string; last: number | null }[]>(
    'SELECT count(*) AS count, max(seq) AS last FROM file_parts WHERE file_id = $1',
    [id],
  );
  if (Number(there?.count) !== parts || (there?.last ?? -1) !== parts - 1) {
    throw new SkeinError('invalid_request', `The file is not whole: ${there?.count ?? 0} of ${parts} parts are here.`, {
      param: 'file',
    });
  }
  const [rows] = await manager.query<[FileRow[], number]>(
    `UPDATE files SET status = 'processed', purpose = $2, expires_at = now() + $3 * interval '1 second',
       bytes = (SELECT coalesce(sum(length(data)), 0) FROM file_parts WHERE file_id = $1)
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, purpose, expiresAfterS],
  );
  const [row] = rows;
  if (row === undefined) throw notFound(id);
  return toView(row);
}

interface FileRow {
  readonly id: string;
  readonly filename: string;
  readonly purpose: FileView['purpose'];
  readonly bytes: string;
  readonly status: FileView['status'];
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

function toView(row: FileRow): FileView {
  return {
    ...row,
    bytes: toSafeInteger(row.bytes),
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}

function notFound(id: string): SkeinError {
  return new SkeinError('not_found', `There is no file "${id}".`, { param: 'id' });
}
