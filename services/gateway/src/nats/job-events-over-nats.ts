import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import { z } from 'zod';
import { invalidField } from '@skein/contracts/errors';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { reply, replyEnd } from './api-replies.js';

/** Longest one request is followed, ms: a NATS caller cannot be seen to leave, and may ask again from where it was. */
const FOLLOWED_MS = 600_000;

const eventsRequest = z.strictObject({ id: z.string().min(1), after: z.string().optional() });

/**
 * `skein.api.jobs.events`: each event of a job is a message to the inbox, with its id in `skein-event-id` and its type in
 * `skein-event`. `end` says that there is no more: of the job, or of this request; then `after` goes on from the last.
 */
@Injectable()
export class JobEventsOverNats {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
  ) {}

  async serve(message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const parsed = eventsRequest.safeParse(new RequestBody(message.bytes).json);
    if (!parsed.success) throw invalidField(parsed.error);
    const { id } = parsed.data;
    const { signal } = new AbortController();
    let after = parsed.data.after ?? null;
    for (const until = performance.now() + FOLLOWED_MS; performance.now() < until;) {
      const { events, ended } = await this.jobs.events(id, after, key, signal);
      for (const event of events) {
        after = event.id;
        const headers = {
          [headerNames.kind]: 'chunk',
          'skein-event-id': event.id,
          'skein-event': event.type,
        };
        reply(message, headers, event.data);
      }
      if (ended) break;
    }
    replyEnd(message);
  }
}
