import { formatUsd } from '@skein/catalog';
import type { Job } from './job.js';
import { toJobView } from './job-view.js';

export interface CloudEvent {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * A job's change of status as a CloudEvent in binary mode: attributes in headers, data in the body. The data says what
 * became of the job and where; neither prompt nor answer leaves by this way. The id is the same for the same change.
 */
export function toJobEvent(job: Job, at: Date): CloudEvent {
  const view = toJobView(job);
  const data = {
    id: view.id,
    object: view.object,
    status: view.status,
    endpoint: view.endpoint,
    error: view.error,
    cost_usd: view.cost_nano_usd === null ? null : formatUsd(view.cost_nano_usd),
    created_at: view.created_at,
    started_at: view.started_at,
    finished_at: view.finished_at,
  };
  return {
    subject: `skein.evt.${job.caller.tenant}.job.${job.status}`,
    headers: {
      'ce-specversion': '1.0',
      'ce-id': `${job.id}.${job.epoch}.${job.status}`,
      'ce-source': '/skein/jobs',
      'ce-type': `skein.job.${job.status}`,
      'ce-subject': job.id,
      'ce-time': at.toISOString(),
      'content-type': 'application/json',
    },
    body: new TextEncoder().encode(JSON.stringify(data)),
  };
}
