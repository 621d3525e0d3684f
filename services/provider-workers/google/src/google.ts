import { vendorById } from '@skein/catalog';
import { jsonBytes, type VendorAdapter } from '@skein/provider-kit';
import { GoogleStream, readGoogleWhole } from './from-google.js';
import { readGoogleError } from './google.errors.js';
import { generatePath } from './google.wire.js';
import { toGoogle } from './to-google.js';

const HEADERS = { 'content-type': 'application/json' };

/** Google's Gemini API. */
export const google: VendorAdapter = {
  vendor: vendorById('google'),
  authorize: (key) => ({ 'x-goog-api-key': key }),
  prepare(question) {
    const { body, notices, wantsUsageChunk } = toGoogle(question);
    return {
      path: generatePath(question.model, question.stream),
      headers: HEADERS,
      body: jsonBytes(body),
      notices,
      readWhole: (bytes) => readGoogleWhole(bytes, question.model, question.at),
      openStream: () => new GoogleStream(question.model, question.at, wantsUsageChunk),
    };
  },
  readError: readGoogleError,
  // Gemini names its answers (`responseId`), not its requests.
  readRequestId: () => null,
};
