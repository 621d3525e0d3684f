import type { IncomingHttpHeaders } from 'node:http';
import type { DoorHeaders } from '../door/read-chat.js';

/** HTTP headers as both doors read them: lower-case names, one value each. */
export function doorHeadersOf(headers: IncomingHttpHeaders): DoorHeaders {
  // Of HTTP's, only headers that may be repeated are lists, and hardly any request has one.
  if (!hasList(headers)) return headers as DoorHeaders;
  const record: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) record[name] = Array.isArray(value) ? value.join(', ') : value;
  return record;
}

function hasList(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (typeof headers[name] === 'object') return true;
  return false;
}
