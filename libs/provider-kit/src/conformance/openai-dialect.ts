/** How recordings of OpenAI-shaped vendors are read, apart from the adapter. */
import type { Dialect } from './conformance.js';
import type { Fixture } from './fixture.js';
import { tellChunks, tellCompletion, type ErrorClass } from './telling.js';

/** Why a recording is not of chat completions, or is no good answer; null where it is. */
function skipOther({ tags, request, response }: Fixture): string | null {
  if (!tags.includes('chat')) return `of ${tags[0]}`;
  if (request?.url != null && !request.url.includes('/chat/completions')) return 'in the vendor’s own dialect';
  if (!['json', 'sse'].includes(response.body_kind)) return `with a body that is ${response.body_kind}`;
  return null;
}

function classOf(status: number, body: unknown): ErrorClass {
  const text = JSON.stringify(body);
  if (status === 401 || status === 402 || status === 403) return 'access';
  if (/insufficient_quota/.test(text)) return 'access';
  if (status === 429) return 'limit';
  return status < 500 ? 'caller' : 'vendor';
}

export const openAiShaped: Dialect = {
  skip: skipOther,
  tellWhole: tellCompletion,
  tellStream: tellChunks,
  errorClass: classOf,
  isPassedThrough: true,
};
