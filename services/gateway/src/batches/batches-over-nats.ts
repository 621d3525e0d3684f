import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import { z } from 'zod';
import { KeysView } from '../door/keys.view.js';
import { replyEnd } from '../nats/api-replies.js';
import { idOf, pageFields, pageRequest, readAsked, type Answer } from '../nats/asked.js';
import { BatchesDesk, batchRequest, planRequest } from './batches-desk.js';
import { FilesDesk, publicFile, readExpiry, readPurpose } from './files-desk.js';
import { publicBatch } from './public-batch.js';
import { publicPlan } from './public-plan.js';

const fileRequest = z.strictObject({
  filename: z.string().min(1),
  purpose: z.string(),
  data: z.base64({ error: 'must be the file, in base64' }),
  expires_after: z.strictObject({ seconds: z.number() }).optional(),
});
const filesRequest = z.strictObject({ purpose: z.string().optional(), ...pageFields });

/** Files and batches over NATS. A file goes in within one message; it comes out part by part, a message for each. */
@Injectable()
export class BatchesOverNats {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(FilesDesk) private readonly files: FilesDesk,
    @Inject(BatchesDesk) private readonly batches: BatchesDesk,
  ) {}

  readonly answers = {
    [apiSubjects.filesCreate]: async (asked) => {
      const { filename, purpose, data, expires_after } = readAsked(asked, fileRequest);
      const wanted = { purpose: readPurpose(purpose), expires: readExpiry(expires_after?.seconds) };
      const brought = await this.files.bring(asked.key, filename, inOne(Buffer.from(data, 'base64')));
      return publicFile(await this.files.finish(asked.key, brought, wanted.purpose, wanted.expires));
    },
    [apiSubjects.filesList]: (asked) => this.files.page(asked.key, readAsked(asked, filesRequest)),
    [apiSubjects.filesGet]: async (asked) => publicFile(await this.files.get(asked.key, idOf(asked))),
    [apiSubjects.filesDelete]: async (asked) => {
      const id = idOf(asked);
      const { deleted } = await this.files.delete(asked.key, id);
      return { id, object: 'file', deleted };
    },
    [apiSubjects.batchesCreate]: async (asked) => {
      const wish = readAsked(asked, batchRequest);
      const idempotencyKey = asked.headers['idempotency-key'] ?? null;
      const { traceparent } = asked;
      return publicBatch(await this.batches.create(asked.key, 'openai', wish, { idempotencyKey, traceparent }));
    },
    [apiSubjects.batchesPlan]: async (asked) =>
      publicPlan(await this.batches.plan(asked.key, readAsked(asked, planRequest), asked.traceparent)),
    [apiSubjects.batchesList]: (asked) => this.batches.page(asked.key, readAsked(asked, pageRequest)),
    [apiSubjects.batchesGet]: async (asked) => publicBatch(await this.batches.ofOpenAi(asked.key, idOf(asked))),
    [apiSubjects.batchesCancel]: async (asked) => {
      const { id } = await this.batches.ofOpenAi(asked.key, idOf(asked));
      return publicBatch(await this.batches.cancel(asked.key, id));
    },
  } satisfies Partial<Record<ApiSubject, Answer>>;

  /** `skein.api.files.content`: each part is a message. Throws the caller's `SkeinError`. */
  async content(message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const id = idOf({ body: new RequestBody(message.bytes).json });
    await this.files.get(key, id);
    for await (const part of this.files.read(key, id)) message.reply({ [headerNames.kind]: 'chunk' }, part);
    replyEnd(message);
  }
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
