/** A transcript on its way, in OpenAI's events: its own bytes where they came so, translated from Mistral's, or made of a whole. */
import { Buffer } from 'node:buffer';
import type { Vendor } from '@skein/catalog';
import type { UsageBuckets } from '@skein/contracts/attempt';
import { isObject, jsonBytes, textOf, tryParseJson, type JsonObject } from '../../json.js';
import type { SseEvent } from '../../sse-reader.js';
import type { AnswerChunk, AnswerProgress, StreamTranslator } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { refuseComplaint } from './plain-json.js';
import { readSoundUsage } from './sound-usage.js';

const SSE_DONE = Buffer.from('[DONE]');
const DELTA = 'transcript.text.delta';
const SEGMENT = 'transcript.text.segment';
const DONE = 'transcript.text.done';

export interface TranscriptAsked {
  readonly vendor: Vendor;
  /** In whose words the vendor sends events; null: it answers whole. */
  readonly events: 'openai' | 'mistral' | null;
  /** What the sound itself says of its length, where the vendor tells nothing. */
  readonly heard: () => UsageBuckets | null;
}

export class TranscriptStream implements StreamTranslator {
  readonly #asked: TranscriptAsked;
  #hasShown = false;
  #told: UsageBuckets | null = null;
  #modelServed: string | null = null;
  #segments = 0;
  #hasEnded = false;

  constructor(asked: TranscriptAsked) {
    this.#asked = asked;
  }

  get progress(): AnswerProgress {
    return {
      usage: this.#told ?? (this.#hasShown || this.#hasEnded ? this.#asked.heard() : null),
      usageIsFinal: this.#told !== null,
      finishReason: this.#hasEnded ? 'stop' : null,
      modelServed: this.#modelServed,
      answerId: null,
      outputBytes: 0,
    };
  }

  feed({ data }: SseEvent): readonly AnswerChunk[] {
    if (data.equals(SSE_DONE)) return [];
    const { vendor, events } = this.#asked;
    const told = tryParseJson(data);
    if (!isObject(told)) throw malformed(vendor.id, 'a transcript that is not JSON');
    refuseComplaint(told, vendor);
    if (events === null) return this.#wholeAsEvents(told);
    if (events === 'mistral') return this.#fromMistral(told);
    if (told.type === DONE) this.#end(told);
    return [{ bytes: data, hasContent: this.#shows(told.type === DELTA || told.type === SEGMENT) }];
  }

  close(): readonly AnswerChunk[] {
    return [];
  }

  #wholeAsEvents(told: JsonObject): readonly AnswerChunk[] {
    const text = this.#end(told);
    const { text: _text, ...rest } = told;
    return [
      ...(text === '' ? [] : [this.#write({ type: DELTA, delta: text })]),
      this.#write({ type: DONE, text, ...rest }),
    ];
  }

  #fromMistral(told: JsonObject): readonly AnswerChunk[] {
    switch (told.type) {
      case 'transcription.text.delta':
        return [this.#write({ type: DELTA, delta: textOf(told.text) ?? '' })];
      case 'transcription.segment': {
        const { text, start, end, speaker_id } = told;
        const id = `seg_${this.#segments++}`;
        return [this.#write({ type: SEGMENT, id, start, end, text, speaker: textOf(speaker_id) ?? '' })];
      }
      case 'transcription.done': {
        const text = this.#end(told);
        const { type: _type, text: _text, usage, model: _model, ...rest } = told;
        return [this.#write({ type: DONE, text, ...rest, usage: isObject(usage) ? openAiUsage(usage) : usage })];
      }
      default:
        return [];
    }
  }

  /** The last word: all of the text, and what it took. Throws `vendor_malformed`. */
  #end(told: JsonObject): string {
    if (typeof told.text !== 'string') throw malformed(this.#asked.vendor.id, 'a transcription without text');
    this.#told = readSoundUsage(told);
    this.#modelServed = textOf(told.model);
    this.#hasEnded = true;
    return told.text;
  }

  #write(event: JsonObject): AnswerChunk {
    return { bytes: jsonBytes(event), hasContent: this.#shows(event.type !== DONE) };
  }

  #shows(isContent: boolean): boolean {
    this.#hasShown ||= isContent;
    return isContent;
  }
}

/** Mistral's counts under OpenAI's names, beside its own. */
function openAiUsage(usage: JsonObject): JsonObject {
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  return {
    ...usage,
    type: 'tokens',
    input_tokens: prompt_tokens,
    output_tokens: completion_tokens,
    total_tokens,
  };
}
