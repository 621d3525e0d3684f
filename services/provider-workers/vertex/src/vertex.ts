import { geminiDialect } from '@skein/provider-kit';

/** Google's API keys say that they are; anything else is an access token. */
const API_KEY = /^(?:AIza|AQ\.)/;

/** Gemini on Vertex AI. The base URL names the project and the location. */
export const vertex = geminiDialect('vertex', {
  root: '/',
  models: 'publishers/google/models/',
  embeddings: 'predict',
  authorize: (key): Readonly<Record<string, string>> =>
    API_KEY.test(key) ? { 'x-goog-api-key': key } : { authorization: `Bearer ${key}` },
});
