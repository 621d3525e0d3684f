import { z } from 'zod';
import { rpc, rpcWithBody } from '../make/makers.js';

/**
 * Most bytes of one part of a file on the bus. Of this size the texts and buffers that it becomes on its way (base64, rows,
 * messages) are small enough for V8's young generation; of four times the size, those of one file held 60 MB more.
 */
export const FILE_PART_BYTES = 65_536;
/** Most bytes of a file, as OpenAI has it: 512 MB. */
export const FILE_MAX_BYTES = 536_870_912;

export const filePurposes = ['batch', 'batch_output', 'user_data'] as const;

export const fileView = z.object({
  id: z.string(),
  filename: z.string(),
  purpose: z.enum(filePurposes),
  /** Sum of its parts. */
  bytes: z.int().nonnegative(),
  /** `uploading` until the last part is in; only a `processed` file can be used. */
  status: z.enum(['uploading', 'processed']),
  /** ISO 8601. */
  created_at: z.string(),
  expires_at: z.string().nullable(),
});
export type FileView = z.infer<typeof fileView>;

const ofTenant = z.object({ tenant: z.string(), id: z.string() });

/** Begins a file; parts follow, then `FinishFile`. What is never finished is swept away after a day. */
export const CreateFile = rpc({
  subject: 'skein.rpc.jobs.create_file.v1',
  request: z.object({
    tenant: z.string(),
    filename: z.string(),
  }),
  reply: fileView,
  errors: ['unavailable'],
  deadlineMs: 10_000,
});

/** Adds the part `seq` (0, 1, 2 …) of at most `FILE_PART_BYTES`; the same part again replaces itself. */
export const AppendFile = rpcWithBody({
  subject: 'skein.rpc.jobs.append_file.v1',
  request: ofTenant.extend({ seq: z.int().nonnegative() }),
  reply: z.object({}),
  errors: ['not_found', 'unavailable', 'request_too_large'],
  deadlineMs: 10_000,
});

/** The file is whole: `parts` of them, without a gap. What it is for is known at last: a form may say it after the file. */
export const FinishFile = rpc({
  subject: 'skein.rpc.jobs.finish_file.v1',
  request: ofTenant.extend({
    parts: z.int().nonnegative(),
    purpose: z.enum(filePurposes),
    /** Seconds until it is deleted; null: it stays. */
    expires_after_s: z.int().positive().nullable(),
  }),
  reply: fileView,
  errors: ['not_found', 'invalid_request', 'unavailable'],
  deadlineMs: 30_000,
});

export const GetFile = rpc({
  subject: 'skein.rpc.jobs.get_file.v1',
  request: ofTenant,
  reply: fileView,
  errors: ['not_found', 'unavailable'],
  deadlineMs: 5_000,
});

/** One part of a file, base64; `data: null` after the last. */
export const ReadFilePart = rpc({
  subject: 'skein.rpc.jobs.read_file_part.v1',
  request: ofTenant.extend({ seq: z.int().nonnegative() }),
  reply: z.object({ data: z.string().nullable() }),
  errors: ['not_found', 'unavailable'],
  deadlineMs: 10_000,
});

export const ListFiles = rpc({
  subject: 'skein.rpc.jobs.list_files.v1',
  request: z.object({
    tenant: z.string(),
    purpose: z.enum(filePurposes).nullable(),
    limit: z.int().min(1).max(1_000),
    /** Id of the last file of the page before. */
    after: z.string().nullable(),
  }),
  reply: z.object({ files: z.array(fileView), has_more: z.boolean() }),
  deadlineMs: 5_000,
});

/** Deletes a file. A batch that has read it goes on. */
export const DeleteFile = rpc({
  subject: 'skein.rpc.jobs.delete_file.v1',
  request: ofTenant,
  reply: z.object({ deleted: z.boolean() }),
  errors: ['not_found', 'unavailable'],
  deadlineMs: 10_000,
});
