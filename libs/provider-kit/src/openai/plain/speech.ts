/**
 * Speech at OpenAI-shaped vendors, whole or streamed. Sound says nothing of what it cost: what is charged follows from the
 * text, its characters or (where the model is priced so) its tokens. Only events tell.
 */
import { Buffer } from 'node:buffer';
import { audioEventsOf, pricesOf, type ModelRecord, type Vendor } from '@skein/catalog';
import { noUsage, type UsageBuckets } from '@skein/contracts/attempt';
import { isObject, textOf, tryParseJson } from '../../json.js';
import { readPieces } from '../../plain/byte-readers.js';
import { estimateTextTokens, inputOf, ownBytes, plainAnswer, requestOf } from '../../plain/plain-request.js';
import { soundLengthMs } from '../../plain/sound-length.js';
import type { PreparePlain } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { refuseComplaint } from './plain-json.js';
import { SpeechStream } from './speech-stream.js';

const HEADERS = { 'content-type': 'application/json' };
const OPEN_OBJECT = 0x7b;

export function openAiSpeech(vendor: Vendor, path: string): PreparePlain {
  return (question) => {
    const request = requestOf(question);
    const text = textOf(request.input) ?? '';
    const { record } = question;
    const settle = (head: Uint8Array, totalBytes: number, told: UsageBuckets | null) =>
      usageOf(text, { head, totalBytes }, record, vendor.quirks.tokenFactor, told);
    const whole = {
      path,
      headers: HEADERS,
      body: ownBytes(question, { remove: OWN_FIELDS }),
      notices: [],
      readWhole: (bytes: Uint8Array) => {
        const sound = soundIn(bytes, vendor);
        return plainAnswer(sound, null, () => settle(sound, sound.length, null));
      },
    };
    if (!question.stream) return whole;
    const shownAs = request.stream_format === 'sse' ? 'events' : 'sound';
    const known = audioEventsOf(vendor.id, question.model);
    // OpenAI sends sound as it is; Mistral knows no stream but events.
    const events = known === 'openai' && shownAs === 'sound' ? null : known;
    const isWrittenHere = shownAs === 'events' && events !== 'openai';
    return {
      ...whole,
      body: events === null ? whole.body : ownBytes(question, askedAs[events]),
      notices: isWrittenHere
        ? [`${vendor.id} sends no speech events: they are written here, their usage estimated`]
        : [],
      openStream: () => new SpeechStream({ vendor, shownAs, events, settle }),
      ...(events === null && { openReader: readPieces }),
    };
  };
}

/** How a caller wants the sound told; each vendor is asked in its own words. */
const OWN_FIELDS = ['stream', 'stream_format'];
const askedAs = {
  openai: { remove: ['stream'], set: { stream_format: 'sse' } },
  mistral: { remove: ['stream_format'], set: { stream: true } },
} as const;

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

function usageOf(
  text: string,
  sound: { readonly head: Uint8Array; readonly totalBytes: number },
  record: ModelRecord | null,
  tokenFactor: number,
  told: UsageBuckets | null,
): UsageBuckets {
  const characters = [...text].length;
  const isByTokens = record !== null && pricesOf(record)?.input !== undefined;
  if (told !== null && (isByTokens || record === null)) return told;
  if (!isByTokens) return { ...noUsage, units: { characters } };
  const lengthMs = soundLengthMs(sound.head, sound.totalBytes) ?? (characters * 1000) / CHARACTERS_PER_SECOND;
  return {
    ...inputOf(estimateTextTokens([text], tokenFactor)),
    audio_out: Math.ceil((lengthMs * TOKENS_PER_MINUTE) / 60_000),
  };
}
