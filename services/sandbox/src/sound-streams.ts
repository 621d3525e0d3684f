// Speech and transcripts as they are streamed: sound in pieces, or events in the words of OpenAI and of Mistral.
import type { JsonObject } from './json.js';
import type { Frame } from './wire.js';

/** Bytes of sound that leave together. */
const PIECE_BYTES = 4_096;

function piecesOf(sound: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(sound.length / PIECE_BYTES) }, (_, place) =>
    sound.subarray(place * PIECE_BYTES, (place + 1) * PIECE_BYTES),
  );
}

const event = (data: JsonObject): string => `data: ${JSON.stringify(data)}\n\n`;
const namedEvent = (data: JsonObject): string => `event: ${String(data['type'])}\n${event(data)}`;

/** Sound as it is, in latin1. */
export function soundFrames(sound: Buffer): Frame[] {
  return piecesOf(sound).map((piece) => ({ bytes: piece.toString('latin1'), part: 'content', tokens: 1 }));
}

/** OpenAI's `stream_format: "sse"`. */
export function openaiSpeechFrames(sound: Buffer, usage: JsonObject): Frame[] {
  return [
    ...piecesOf(sound).map((piece): Frame => ({
      bytes: event({ type: 'speech.audio.delta', audio: piece.toString('base64') }),
      part: 'content',
      tokens: 1,
    })),
    { bytes: event({ type: 'speech.audio.done', usage }), part: 'close', tokens: 0 },
  ];
}

/** Mistral's `stream: true`. */
export function mistralSpeechFrames(sound: Buffer, usage: JsonObject): Frame[] {
  return [
    ...piecesOf(sound).map((piece): Frame => ({
      bytes: namedEvent({ type: 'speech.audio.delta', audio_data: piece.toString('base64') }),
      part: 'content',
      tokens: 1,
    })),
    { bytes: namedEvent({ type: 'speech.audio.done', usage }), part: 'close', tokens: 0 },
  ];
}

const wordsOf = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

/** OpenAI's `stream: true` of a transcription. */
export function openaiTranscriptFrames(text: string, usage: JsonObject): Frame[] {
  return [
    ...wordsOf(text).map((delta): Frame => ({
      bytes: event({ type: 'transcript.text.delta', delta }),
      part: 'content',
      tokens: 1,
    })),
    { bytes: event({ type: 'transcript.text.done', text, usage }), part: 'close', tokens: 0 },
  ];
}

/** Mistral's. */
export function mistralTranscriptFrames(model: string, text: string, usage: JsonObject): Frame[] {
  return [
    { bytes: namedEvent({ type: 'transcription.language', audio_language: 'en' }), part: 'open', tokens: 0 },
    ...wordsOf(text).map((word): Frame => ({
      bytes: namedEvent({ type: 'transcription.text.delta', text: word }),
      part: 'content',
      tokens: 1,
    })),
    {
      bytes: namedEvent({ type: 'transcription.done', model, text, language: 'en', segments: [], usage }),
      part: 'close',
      tokens: 0,
    },
  ];
}
