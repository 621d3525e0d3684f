/**
 * Speech on its way: sound in pieces, or OpenAI's events, whichever the caller asked for, from whichever the vendor sends.
 * What was used is as the vendor told it, else follows from text and sound once they are known.
 */
import { Buffer } from 'node:buffer';
import type { Vendor } from '@skein/catalog';
import { inputTokens, noUsage, outputTokens, type UsageBuckets } from '@skein/contracts/attempt';
import { asBuffer, countOf, isObject, jsonBytes, textOf, tryParseJson, type JsonObject } from '../../json.js';
import { ENDED, SOUND } from '../../plain/byte-readers.js';
import type { SseEvent } from '../../sse-reader.js';
import type { AnswerChunk, AnswerProgress, StreamTranslator } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { refuseComplaint } from './plain-json.js';

const SSE_DONE = Buffer.from('[DONE]');
/** The head of a file, which says how its sound is measured, is well within this. */
const HEAD_BYTES = 64 * 1024;

export interface SpeechAsked {
  readonly vendor: Vendor;
  /** What the caller reads. */
  readonly shownAs: 'sound' | 'events';
  /** In whose words the vendor sends events; null: it sends sound. */
  readonly events: 'openai' | 'mistral' | null;
  /** What so much sound comes to, where the vendor tells nothing or charges by something else. */
  readonly settle: (head: Uint8Array, totalBytes: number, told: UsageBuckets | null) => UsageBuckets;
}

export class SpeechStream implements StreamTranslator {
  readonly #asked: SpeechAsked;
  #head: Uint8Array[] = [];
  #headBytes = 0;
  #totalBytes = 0;
  #told: UsageBuckets | null = null;
  #hasEnded = false;

  constructor(asked: SpeechAsked) {
    this.#asked = asked;
  }

  get progress(): AnswerProgress {
    const usage = this.#totalBytes === 0 ? null : this.#usage();
    return {
      usage,
      usageIsFinal: this.#told !== null,
      finishReason: this.#hasEnded ? 'stop' : null,
      modelServed: null,
      answerId: null,
      outputBytes: 0,
    };
  }

  feed({ event, data }: SseEvent): readonly AnswerChunk[] {
    if (event === SOUND) return this.#show(data);
    if (event === ENDED) return this.#end();
    if (data.equals(SSE_DONE)) return [];
    const { vendor } = this.#asked;
    const told = tryParseJson(data);
    if (!isObject(told)) throw malformed(vendor.id, 'an event that is not JSON');
    refuseComplaint(told, vendor);
    return this.#hear(told, data);
  }

  /** OpenAI's own last word goes on as it came; where the vendor has none, this is it. */
  close(): readonly AnswerChunk[] {
    const { shownAs, events } = this.#asked;
    if (shownAs === 'sound' || events === 'openai') return [];
    const usage = this.#usage();
    const input_tokens = inputTokens(usage);
    const output_tokens = outputTokens(usage);
    const told = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
    return [{ bytes: jsonBytes({ type: 'speech.audio.done', usage: told }), hasContent: false }];
  }

  #hear(told: JsonObject, data: Buffer): readonly AnswerChunk[] {
    const isOwn = this.#asked.shownAs === 'events' && this.#asked.events === 'openai';
    const sound = textOf(told.audio) ?? textOf(told.audio_data);
    if (told.type === 'speech.audio.delta' && sound !== null) {
      const shown = this.#show(Buffer.from(sound, 'base64'));
      return isOwn ? [{ bytes: data, hasContent: true }] : shown;
    }
    if (told.type === 'speech.audio.done') {
      this.#told = readSpeechUsage(told.usage);
      this.#end();
    }
    return isOwn ? [{ bytes: data, hasContent: false }] : [];
  }

  #show(sound: Buffer): readonly AnswerChunk[] {
    if (sound.length === 0) return [];
    this.#totalBytes += sound.length;
    if (this.#headBytes < HEAD_BYTES) {
      this.#head.push(sound);
      this.#headBytes += sound.length;
    }
    if (this.#asked.shownAs === 'sound') return [{ bytes: sound, hasContent: true }];
    const event = { type: 'speech.audio.delta', audio: asBuffer(sound).toString('base64') };
    return [{ bytes: jsonBytes(event), hasContent: true }];
  }

  #end(): readonly AnswerChunk[] {
    if (this.#totalBytes === 0) throw malformed(this.#asked.vendor.id, 'an answer without sound');
    this.#hasEnded = true;
    return [];
  }

  #usage(): UsageBuckets {
    const head = this.#head.length === 1 ? this.#head[0] : Buffer.concat(this.#head);
    if (this.#headBytes >= HEAD_BYTES && head !== undefined) this.#head = [head];
    return this.#asked.settle(head ?? Buffer.alloc(0), this.#totalBytes, this.#told);
  }
}

/** Tokens in OpenAI's words or in Mistral's; null where neither are told. */
function readSpeechUsage(told: unknown): UsageBuckets | null {
  if (!isObject(told)) return null;
  const input = countOf(told.input_tokens) ?? countOf(told.prompt_tokens);
  const output = countOf(told.output_tokens) ?? countOf(told.completion_tokens);
  return input === null ? null : { ...noUsage, input_uncached: input, audio_out: output ?? 0 };
}
