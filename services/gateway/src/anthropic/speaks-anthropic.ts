import type { DoorHeaders } from '../door/read-chat.js';

const MESSAGES = '/v1/messages';
const MODELS = '/v1/models';

/** Is the caller a client of Anthropic's? By its path; for the models, which both dialects have, by its version header. */
export function speaksAnthropic(url: string, headers: DoorHeaders): boolean {
  const path = url.split('?')[0] ?? '';
  if (isUnder(path, MESSAGES)) return true;
  return isUnder(path, MODELS) && headers['anthropic-version'] !== undefined;
}

const isUnder = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);
