import { formatUsd } from '@skein/catalog';
import { fromWireError, toOpenAiError } from '@skein/contracts/errors';
import type { JobEventView } from '@skein/contracts/jobs';
import type { Job } from '../job.js';
import { sumCosts } from '../job-view.js';
import type { StoredEvent, ToldChange } from './events.repository.js';

export interface CloudEvent {
  /** The same for the same change, however often it is told. */
  readonly id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/**
 * A job's change of status as a CloudEvent in binary mode: attributes in headers, data in the body. The data says what
 * became of the job and where; neither prompt nor answer leaves by this way. The id is the same for the same change.
 */
export function toJobEvent(change: ToldChange, job: Job): CloudEvent {
  const cost = sumCosts(job);
  const id = `${job.id}.${change.epoch}.${change.status}`;
  return {
    id,
    subject: `skein.evt.${job.caller.tenant}.job.${change.status}`,
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': '/skein/jobs',
      'ce-type': `skein.job.${change.status}`,
      'ce-subject': job.id,
      'ce-time': change.happenedAt.toISOString(),
      'content-type': 'application/json',
    },
    data: {
      id: job.id,
      object: 'job',
      status: change.status,
      endpoint: job.endpoint,
      error: errorOf(change),
      cost_usd: cost === null ? null : formatUsd(cost),
      created_at: job.createdAt.toISOString(),
      started_at: moment(change.data.started_at),
      finished_at: moment(change.data.finished_at),
    },
  };
}

/** An event as a reader of the job's stream sees it. */
export function toEventView(event: StoredEvent): JobEventView {
  const { id, type, jobId, epoch, happenedAt } = event;
  if (!isChange(event)) return { id, type, data: { id: jobId, run: epoch, chunk: event.data } };
  return {
    id,
    type,
    data: {
      id: jobId,
      object: 'job',
      status: event.status,
      run: epoch,
      error: errorOf(event),
      at: happenedAt.toISOString(),
      started_at: moment(event.data.started_at),
      finished_at: moment(event.data.finished_at),
    },
  };
}

const isChange = (event: StoredEvent): event is ToldChange => event.status !== null;

/** While the job is still being tried, what its last run failed of is for the log, not for the customer. */
function errorOf({ status, data }: ToldChange): unknown {
  const hasFailed = status === 'failed' || status === 'expired';
  return hasFailed && data.error !== null ? toOpenAiError(fromWireError(data.error)).error : null;
}

/** PostgreSQL writes moments in JSON in its own way. */
const moment = (written: string | null): string | null => (written === null ? null : new Date(written).toISOString());
