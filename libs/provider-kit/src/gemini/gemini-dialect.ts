import { vendorById, type VendorId } from '@skein/catalog';
import { firstCallOnly } from '../first-call-only.js';
import { jsonBytes } from '../json.js';
import type { VendorAdapter, VendorCall } from '../vendor-adapter.js';
import { GeminiStream, readGeminiWhole } from './from-gemini.js';
import { readGeminiError } from './gemini.errors.js';
import { geminiEmbeddings, type EmbeddingDoor } from './gemini-embeddings.js';
import { generatePath } from './gemini.wire.js';
import { toGemini } from './to-gemini.js';

const HEADERS = { 'content-type': 'application/json' };

/** What sets the vendors of Gemini apart: where its models stand, and how a key is shown. */
export interface GeminiDoor {
  /** Path under the base URL, and the collection of models named without one; both end with a slash. */
  readonly root: string;
  readonly models: string;
  readonly authorize: VendorAdapter['authorize'];
  /** How it takes texts to embed. */
  readonly embeddings: EmbeddingDoor;
}

/** The adapter of a vendor that serves Gemini. */
export function geminiDialect(vendorId: VendorId, { root, models, authorize, embeddings }: GeminiDoor): VendorAdapter {
  const vendor = vendorById(vendorId);
  const place = { vendor: vendor.id, root, models };
  return {
    vendor,
    authorize,
    prepare(question) {
      const { body, notices, wantsUsageChunk, ...wish } = toGemini(question, vendor);
      const asked = { vendor: vendor.id, model: question.model, at: question.at };
      const call: VendorCall = {
        path: generatePath(place, question.model, question.stream),
        headers: HEADERS,
        body: jsonBytes(body),
        notices,
        readWhole: (bytes) => readGeminiWhole(bytes, asked),
        openStream: () => new GeminiStream(asked, wantsUsageChunk),
      };
      return wish.firstCallOnly ? firstCallOnly(call) : call;
    },
    plain: { embeddings: geminiEmbeddings(place, embeddings, vendor.quirks.tokenFactor) },
    readError: (status, headers, bytes, now) => readGeminiError(vendor.id, status, headers, bytes, now),
    // Gemini names its answers (`responseId`), not its requests.
    readRequestId: () => null,
  };
}
