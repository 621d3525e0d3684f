import { geminiDialect } from '@skein/provider-kit';

/** Google's Gemini API. */
export const google = geminiDialect('google', {
  root: '/v1beta/',
  models: 'models/',
  embeddings: 'batchEmbedContents',
  authorize: (key) => ({ 'x-goog-api-key': key }),
});
