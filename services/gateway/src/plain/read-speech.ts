import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, readWith, refuseField, roughTokens, type PlainRequest } from './plain-request.js';

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
  stream_format: z.string().optional(),
});

/** `POST /v1/audio/speech`, OpenAI's. The sound comes whole. */
export function readSpeech(body: RequestBody): PlainRequest {
  const { model, user, metadata, input, response_format, stream_format } = readWith(speechRequest, body);
  if (stream_format === 'sse') throw refuseField('stream_format', 'speech is sent as sound here, not as events');
  const contentType = contentTypes[response_format ?? 'mp3'];
  return { model, user, metadata, inputTokens: roughTokens([input]), contentType };
}
