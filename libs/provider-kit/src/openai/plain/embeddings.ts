/** Embeddings of OpenAI-shaped vendors: bytes through, but for the model and an encoding the vendor does not send. */
import { plainServiceOf, type Vendor } from '@skein/catalog';
import { inAskedEncoding, textsIn, tokensIn, wantsBase64 } from '../../plain/embedding-texts.js';
import { estimateTextTokens, inputOf, ownBytes, plainAnswer, readBody, requestOf } from '../../plain/plain-request.js';
import type { PreparePlain } from '../../vendor-adapter.js';
import { readOpenAiUsage } from '../read-openai-usage.js';
import { JSON_HEADERS, refuseComplaint } from './plain-json.js';

export function openAiEmbeddings(vendor: Vendor, path: string): PreparePlain {
  const { quirks } = vendor;
  return (question) => {
    const request = requestOf(question);
    const asText = wantsBase64(request);
    const remove = asText && !plainServiceOf(vendor.id).sendsBase64Embeddings ? ['encoding_format'] : [];
    const estimate = () => inputOf(estimateTextTokens(textsIn(request), quirks.tokenFactor) + tokensIn(request));
    return {
      path,
      headers: JSON_HEADERS,
      body: ownBytes(question, { remove }),
      notices: [],
      readWhole(bytes) {
        const body = refuseComplaint(readBody(bytes, vendor.id), vendor);
        const answer = inAskedEncoding(bytes, body, asText, vendor.id);
        return plainAnswer(answer, readOpenAiUsage(body.usage, quirks), estimate, body);
      },
    };
  };
}
