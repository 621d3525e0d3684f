import type { IncomingHttpHeaders } from 'node:http';
import type { DoorHeaders } from '../door/read-chat.js';

/** HTTP headers as both doors read them: lower-case names, one value each. */
export function doorHeadersOf(headers: IncomingHttpHeaders): DoorHeaders {
  const record: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) record[name] = Array.isArray(value) ? value.join(', ') : value;
  return record;
}
