// Stages of kind http: off unless the operator names hosts, and then to those alone.
import { SkeinError } from '@skein/contracts/errors';
import type { StepValue } from '../engine/step.js';
import { render } from '../templates.js';
import type { StepWork } from './do-step.js';

const MOST_BYTES = 1_000_000;

/** Calls a host that the operator allows; redirects are not followed. Throws `forbidden` for any other. */
export async function callHttp(work: StepWork, allowed: string, signal: AbortSignal): Promise<StepValue> {
  const { spec } = work.stage;
  const hosts = allowed
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');
  if (hosts.length === 0)
    throw new SkeinError('forbidden', 'stages of kind http are off: WORKFLOWS_HTTP_HOSTS names no host');
  const url = readUrl(render(spec.url ?? '', work.scope));
  if (!hosts.includes(url.host.toLowerCase()))
    throw new SkeinError('forbidden', `the host ${url.host} is not among those of WORKFLOWS_HTTP_HOSTS`);
  const body = spec.body === undefined ? undefined : render(spec.body, work.scope);
  const method = spec.method ?? (body === undefined ? 'GET' : 'POST');
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      redirect: 'error',
      signal,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
  } catch (cause) {
    throw new SkeinError('vendor_unreachable', `${url.host} cannot be reached`, { cause });
  }
  const text = await readBounded(response, url.host);
  if (!response.ok) throw new SkeinError('vendor_failed', `${url.host} answered ${response.status}`);
  return { output: text };
}

function readUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new SkeinError('invalid_request', `"${text.slice(0, 200)}" is no http URL`);
  }
  return url;
}

async function readBounded(response: Response, host: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new SkeinError('answer_too_large', `${host} answered more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
