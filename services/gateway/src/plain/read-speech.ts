import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, readWith, roughTokens, type PlainRequest } from './plain-request.js';

/** What each format is on the wire. */
const contentTypes = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
} as const;
type SoundFormat = keyof typeof contentTypes;

const speechRequest = z.looseObject({
  ...commonFields,
  input: z.string().min(1, 'must not be empty'),
  voice: z.union([z.string(), z.looseObject({ id: z.string() })]).optional(),
  response_format: z.enum(Object.keys(contentTypes) as SoundFormat[]).optional(),
  speed: z.number().positive().optional(),
  stream_format: z.enum(['audio', 'sse'], { error: 'must be "audio" or "sse"' }).nullable().optional(),
  stream: z.boolean({ error: 'must be true or false' }).nullable().optional(),
});

/**
 * `POST /v1/audio/speech`, OpenAI's. `stream` is Skein's own: without it the door's custom holds, which over HTTP is to send
 * sound as it comes, and over NATS in one message.
 */
export function readSpeech(body: RequestBody, streamsSound: boolean): PlainRequest {
  const { model, user, metadata, input, response_format, stream_format, stream } = readWith(speechRequest, body);
  const contentType = contentTypes[response_format ?? 'mp3'];
  const streamed = stream_format === 'sse' ? 'events' : (stream ?? streamsSound) ? 'sound' : null;
  return { model, user, metadata, inputTokens: roughTokens([input]), contentType, streamed };
}
