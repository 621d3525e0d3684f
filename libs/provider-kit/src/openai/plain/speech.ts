/**
 * Speech at OpenAI-shaped vendors: the answer is sound, and says nothing of what it cost. What is charged follows from the
 * text: its characters, or (where the model is priced so) its tokens.
 */
import { Buffer } from 'node:buffer';
import { pricesOf, type ModelRecord, type Vendor } from '@skein/catalog';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { isObject, textOf, tryParseJson } from '../../json.js';
import { estimateTextTokens, inputOf, ownBytes, plainAnswer, requestOf } from '../../plain/plain-request.js';
import { soundLengthMs } from '../../plain/sound-length.js';
import type { PreparePlain } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { refuseComplaint } from './plain-json.js';

const HEADERS = { 'content-type': 'application/json' };
const OPEN_OBJECT = 0x7b;

export function openAiSpeech(vendor: Vendor, path: string): PreparePlain {
  return (question) => {
    const text = textOf(requestOf(question).input) ?? '';
    return {
      path,
      headers: HEADERS,
      body: ownBytes(question),
      notices: [],
      readWhole(bytes) {
        const sound = soundIn(bytes, vendor);
        return plainAnswer(sound, null, () => usageOf(text, sound, question.record, vendor.quirks.tokenFactor));
      },
    };
  };
}

/** The sound itself; Mistral sends it within JSON. Throws SkeinError. */
function soundIn(bytes: Uint8Array, vendor: Vendor): Uint8Array {
  const body = bytes[0] === OPEN_OBJECT ? tryParseJson(bytes) : undefined;
  if (isObject(body)) {
    const sound = textOf(refuseComplaint(body, vendor).audio_data);
    if (sound === null) throw malformed(vendor.id, 'JSON where sound was asked for');
    return Buffer.from(sound, 'base64');
  }
  if (bytes.length === 0) throw malformed(vendor.id, 'an answer without sound');
  return bytes;
}

/** Where sound is priced by tokens (OpenAI: about 1,250 for each minute), its length stands for them. */
const TOKENS_PER_MINUTE = 1_250;
/** How fast a voice speaks, where the sound does not say how long it is. */
const CHARACTERS_PER_SECOND = 15;

function usageOf(text: string, sound: Uint8Array, record: ModelRecord | null, tokenFactor: number): UsageBuckets {
  const characters = [...text].length;
  const isByTokens = record !== null && pricesOf(record)?.input !== undefined;
  if (!isByTokens) return { ...noUsage, units: { characters } };
  const lengthMs = soundLengthMs(sound) ?? (characters * 1000) / CHARACTERS_PER_SECOND;
  return {
    ...inputOf(estimateTextTokens([text], tokenFactor)),
    audio_out: Math.ceil((lengthMs * TOKENS_PER_MINUTE) / 60_000),
  };
}
