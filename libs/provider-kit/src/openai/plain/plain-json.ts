import type { Vendor } from '@skein/catalog';
import type { JsonObject } from '../../json.js';
import { complaintIn, errorOfComplaint } from '../openai.errors.js';

export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const;

/** The body, unless it complains: some vendors do so with a good status. Throws SkeinError. */
export function refuseComplaint(body: JsonObject, vendor: Vendor): JsonObject {
  const complaint = complaintIn(body);
  if (complaint !== null) throw errorOfComplaint(vendor.id, 200, complaint);
  return body;
}
