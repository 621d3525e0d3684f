import { isIP } from 'node:net';
import { SkeinError } from '@skein/contracts/errors';
import { isAllowed } from './guard-address.js';

/** Checks the URL of an endpoint as far as that can be done before its name is resolved. Throws `invalid_request`. */
export function readWebhookUrl(written: string, allowed: readonly string[], param: string): string {
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refusal(param, 'must be an http(s) URL');
  if (url.username !== '' || url.password !== '') throw refusal(param, 'must not hold a user or password');
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0 && !isAllowed(name, allowed)) throw refusal(param, 'must not be a private address');
  return url.href;
}

function refusal(param: string, complaint: string): SkeinError {
  return new SkeinError('invalid_request', `${param}: ${complaint}`, { param });
}
