/**
 * Transcription at OpenAI-shaped vendors. The canonical request is JSON with the file behind it; vendors take a form. A
 * plain text is asked for as JSON, because only there usage is told, and handed on as the text.
 */
import { createHash } from 'node:crypto';
import { audioEventsOf, type Vendor } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import { isObject, textOf, tryParseJson, type JsonObject } from '../../json.js';
import { readAsOne } from '../../plain/byte-readers.js';
import { writeMultipart } from '../../plain/multipart.js';
import { otherFields, plainAnswer, readBody, requestOf } from '../../plain/plain-request.js';
import { soundLengthMs } from '../../plain/sound-length.js';
import type { PreparePlain, Question, WholeAnswer } from '../../vendor-adapter.js';
import { malformed } from '../../vendor-errors.js';
import { refuseComplaint } from './plain-json.js';
import { readSoundUsage, soundUsage } from './sound-usage.js';
import { TranscriptStream } from './transcript-stream.js';

/** Answers in these forms are text with times in it, and hold no usage. */
const TIMED_TEXT: ReadonlySet<unknown> = new Set(['srt', 'vtt']);
const encoder = new TextEncoder();

export function openAiTranscription(vendor: Vendor, path: string): PreparePlain {
  return (question) => {
    const request = requestOf(question);
    const sound = fileOf(question, request);
    const form = textOf(request.response_format) ?? 'json';
    const events = question.stream ? audioEventsOf(vendor.id, question.model) : null;
    const fields = fieldsOf(request, question, form);
    if (events !== null) fields.push(['stream', 'true']);
    const { contentType, body } = writeMultipart(boundaryFor(question), fields, sound);
    const whole = {
      path,
      headers: { 'content-type': contentType },
      body,
      notices: [],
      readWhole: (bytes: Uint8Array) => readTranscription(bytes, form, sound.bytes, vendor),
    };
    if (!question.stream) return whole;
    const heard = () => soundUsage(soundLengthMs(sound.bytes));
    return {
      ...whole,
      notices:
        events === null ? [`${vendor.id} does not stream what ${question.model} hears: it comes in one piece`] : [],
      openStream: () => new TranscriptStream({ vendor, events, heard }),
      ...(events === null && { openReader: readAsOne, answersWhole: true }),
    };
  };
}

/** The file as the door read it. Throws `invalid_request`. */
function fileOf({ body }: Question, { file }: JsonObject) {
  if (!isObject(file) || body.file === null) {
    throw new SkeinError('invalid_request', 'file: must be the sound to transcribe', { param: 'file' });
  }
  return {
    filename: textOf(file.filename) ?? 'audio',
    contentType: textOf(file.content_type) ?? 'application/octet-stream',
    bytes: body.file,
  };
}

/** The form's fields; a list is one field for each item, as OpenAI's own clients write it. */
function fieldsOf(request: JsonObject, { model }: Question, form: string): (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = [['model', model]];
  for (const [name, value] of Object.entries(otherFields(request, 'model', 'file', 'response_format', 'stream'))) {
    if (Array.isArray(value)) for (const item of value as unknown[]) fields.push([`${name}[]`, fieldText(item)]);
    else if (value !== null && value !== undefined) fields.push([name, fieldText(value)]);
  }
  if (request.response_format !== undefined) fields.push(['response_format', form === 'text' ? 'json' : form]);
  return fields;
}

const fieldText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A boundary that no sound holds: it depends on all of the request. */
function boundaryFor({ body }: Question): string {
  return `skein-${createHash('sha256').update(body.bytes).digest('hex').slice(0, 32)}`;
}

function readTranscription(bytes: Uint8Array, form: string, sound: Uint8Array, vendor: Vendor): WholeAnswer {
  const heard = () => soundUsage(soundLengthMs(sound));
  if (TIMED_TEXT.has(form)) {
    const complaint = tryParseJson(bytes);
    if (isObject(complaint)) refuseComplaint(complaint, vendor);
    return plainAnswer(bytes, null, heard);
  }
  const body = refuseComplaint(readBody(bytes, vendor.id), vendor);
  if (typeof body.text !== 'string') throw malformed(vendor.id, 'a transcription without text');
  const answer = form === 'text' ? encoder.encode(`${body.text}\n`) : bytes;
  return plainAnswer(answer, readSoundUsage(body), heard, body);
}
