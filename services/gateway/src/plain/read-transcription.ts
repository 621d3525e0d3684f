import type { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { commonFields, JSON_TYPE, readWith, refuseField, type PlainRequest } from './plain-request.js';

/** What each form of the answer is on the wire. */
const contentTypes = {
  json: JSON_TYPE,
  verbose_json: JSON_TYPE,
  diarized_json: JSON_TYPE,
  text: 'text/plain; charset=utf-8',
  srt: 'text/plain; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
} as const;
type TranscriptForm = keyof typeof contentTypes;

/** Forms that can be told in events. */
const inEvents: ReadonlySet<TranscriptForm> = new Set<TranscriptForm>(['json', 'text', 'diarized_json']);

const transcriptionRequest = z.looseObject({
  ...commonFields,
  file: z.strictObject(
    { filename: z.string(), content_type: z.string(), data: z.base64().min(1, 'must not be empty') },
    { error: 'must be the sound to transcribe' },
  ),
  response_format: z.enum(Object.keys(contentTypes) as TranscriptForm[]).optional(),
  stream: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
});

/**
 * `POST /v1/audio/transcriptions`. Canonical is JSON with the file in base64, as the NATS door takes it; the form of the
 * HTTP door becomes this (`http/read-form.ts`).
 */
export function readTranscription(body: RequestBody): PlainRequest {
  const { model, user, metadata, response_format = 'json', stream } = readWith(transcriptionRequest, body);
  const isStreamed = stream === true || stream === 'true';
  if (isStreamed && !inEvents.has(response_format)) {
    throw refuseField('stream', `a transcript as ${response_format} comes whole; leave "stream" out`);
  }
  const streamed = isStreamed ? 'events' : null;
  return { model, user, metadata, inputTokens: 0, contentType: contentTypes[response_format], streamed };
}
