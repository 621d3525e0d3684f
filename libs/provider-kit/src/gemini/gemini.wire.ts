/** Gemini's generateContent, as far as it is written or read here. What is read may hold anything; see the readers. */
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { countOf, isObject, itemsOf, textOf, type JsonObject } from '../json.js';
import { cannot } from '../screen-fields.js';

export interface GeminiContent {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

export interface GenerateRequest {
  contents: GeminiContent[];
  systemInstruction?: { parts: JsonObject[] };
  tools?: JsonObject[];
  toolConfig?: JsonObject;
  generationConfig?: JsonObject;
}

/** Where a vendor keeps its models, under the base URL. */
export interface GeminiPlace {
  readonly vendor: string;
  /** Ends with a slash. */
  readonly root: string;
  /** Where a model stands that is named without a collection; ends with a slash. */
  readonly models: string;
}

/** The path of a call, under the base URL. The model's name is a caller's, so that it must not lead elsewhere. */
export function generatePath(place: GeminiPlace, model: string, stream: boolean): string {
  return modelPath(place, model, stream ? 'streamGenerateContent?alt=sse' : 'generateContent');
}

/** The path of an action of a model. */
export function modelPath({ vendor, root, models }: GeminiPlace, model: string, action: string): string {
  const segments = (model.includes('/') ? model : `${models}${model}`).split('/');
  if (segments.some((segment) => segment === '' || /^\.+$/.test(segment))) {
    throw cannot(vendor, 'model', `"${model}" is no name of a model`);
  }
  const name = segments.map(encodeURIComponent).join('/');
  return `${root}${name}:${action}`;
}

/** How an answer ended: in OpenAI's words, or `broken` where what came is of no use. */
const finishByReason: Readonly<Record<string, 'stop' | 'length' | 'content_filter' | 'broken'>> = {
  FINISH_REASON_UNSPECIFIED: 'stop',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  OTHER: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  IMAGE_OTHER: 'content_filter',
  NO_IMAGE: 'stop',
  MALFORMED_FUNCTION_CALL: 'broken',
  UNEXPECTED_TOOL_CALL: 'broken',
  TOO_MANY_TOOL_CALLS: 'broken',
  MISSING_THOUGHT_SIGNATURE: 'broken',
  MALFORMED_RESPONSE: 'broken',
};

/** Null where the vendor gave no reason; a reason no table knows is an ordinary stop. */
export function finishOfReason(reason: unknown): 'stop' | 'length' | 'content_filter' | 'broken' | null {
  if (typeof reason !== 'string') return null;
  return Object.hasOwn(finishByReason, reason) ? (finishByReason[reason] ?? 'stop') : 'stop';
}

/** Tokens of some modalities in Gemini's list of details. */
function tokensOf(details: unknown, modalities: readonly string[]): number {
  let tokens = 0;
  for (const detail of itemsOf(details)) {
    if (isObject(detail) && modalities.includes(textOf(detail.modality) ?? ''))
      tokens += countOf(detail.tokenCount) ?? 0;
  }
  return tokens;
}

/**
 * `usageMetadata` in the normal form; null when it holds no counts. The prompt's count holds what was read from a cache;
 * thoughts and the results of the vendor's own tools come on top of the other counts.
 */
export function readGeminiUsage(usage: unknown): UsageBuckets | null {
  if (!isObject(usage)) return null;
  const prompt = countOf(usage.promptTokenCount);
  const candidates = countOf(usage.candidatesTokenCount);
  const thoughts = countOf(usage.thoughtsTokenCount) ?? 0;
  if (prompt === null && candidates === null) return null;

  let left = prompt ?? 0;
  const take = (tokens: number) => {
    const taken = Math.min(Math.max(tokens, 0), left);
    left -= taken;
    return taken;
  };
  const uncached = (modalities: readonly string[]) =>
    tokensOf(usage.promptTokensDetails, modalities) - tokensOf(usage.cacheTokensDetails, modalities);
  const cache_read = take(countOf(usage.cachedContentTokenCount) ?? 0);
  const audio_in = take(uncached(['AUDIO']));
  const image_in = take(uncached(['IMAGE', 'VIDEO']));
  const audio_out = Math.min(tokensOf(usage.candidatesTokensDetails, ['AUDIO']), candidates ?? 0);
  return {
    ...noUsage,
    input_uncached: left + (countOf(usage.toolUsePromptTokenCount) ?? 0),
    cache_read,
    audio_in,
    image_in,
    output: (candidates ?? 0) - audio_out + thoughts,
    reasoning: thoughts,
    audio_out,
  };
}
