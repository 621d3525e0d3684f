import { RequestBody } from '@skein/contracts/wire';
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
    { filename: z.string(), content_type: z.string(), data: z.string().min(1, 'must not be empty').optional() },
    { error: 'must be the sound to transcribe' },
  ),
  response_format: z.enum(Object.keys(contentTypes) as TranscriptForm[]).optional(),
  stream: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
});

/**
 * `POST /v1/audio/transcriptions`. Canonical is JSON with the file behind it: so the form of the HTTP door comes
 * (`http/read-form.ts`), and so what the NATS door takes, JSON with the file in base64, goes on.
 */
export function readTranscription(body: RequestBody): PlainRequest {
  const request = readWith(transcriptionRequest, body, true);
  const { model, user, metadata, response_format = 'json', stream } = request;
  const isStreamed = stream === true || stream === 'true';
  if (isStreamed && !inEvents.has(response_format)) {
    throw refuseField('stream', `a transcript as ${response_format} comes whole; leave "stream" out`);
  }
  return {
    model,
    user,
    metadata,
    inputTokens: 0,
    contentType: contentTypes[response_format],
    streamed: isStreamed ? 'events' : null,
    canonical: withFile(body, request),
  };
}

function withFile(body: RequestBody, { file: { data, ...file }, ...fields }: z.infer<typeof transcriptionRequest>) {
  const sound = body.file ?? (data === undefined ? null : fromBase64(data));
  if (sound === null || sound.length === 0) throw refuseField('file', 'must be the sound to transcribe; it is empty');
  return data === undefined ? body : RequestBody.withFile({ ...fields, file }, sound);
}

/** Looked at by its characters alone: a pattern over all of it would hold up everyone else. */
function fromBase64(data: string): Uint8Array {
  if (data.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(data)) throw refuseField('file.data', 'must be base64');
  return Buffer.from(data, 'base64');
}
