// What vendors of the OpenAI shape do beside chat and embeddings: speech, transcription, moderation, reranking.
import { likenessOf } from './embeddings.js';
import { hashText } from './hash.js';
import { isObject, listIn, numberIn, objectIn, textIn, type JsonObject } from './json.js';
import { judge } from './moderation.js';
import { readForm } from './form.js';
import { hear, speak, type Heard } from './sound.js';
import {
  mistralSpeechFrames,
  mistralTranscriptFrames,
  openaiSpeechFrames,
  openaiTranscriptFrames,
  soundFrames,
} from './sound-streams.js';
import { countTokens } from './token-count.js';
import {
  NO_SUCH_MODEL,
  type Endpoint,
  type Frame,
  type Lookup,
  type Moment,
  type Problem,
  type Refusal,
  type Reply,
  type Usage,
  type VendorRequest,
} from './wire.js';

/** Which of them a path asks for. */
export const PLAIN_PATHS: Readonly<Record<string, PlainEndpoint>> = {
  '/audio/speech': 'speech',
  '/audio/transcriptions': 'transcription',
  '/moderations': 'moderation',
  '/rerank': 'rerank',
};
export type PlainEndpoint = Extract<Endpoint, 'speech' | 'transcription' | 'moderation' | 'rerank'>;

export type HeadersFor = (moment: Moment, contentType: string) => Record<string, string>;

interface Asked {
  vendor: string;
  model: string;
  body: JsonObject;
  file: Buffer | undefined;
  headersFor: HeadersFor;
}

const SOUND_TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

const bad = (message: string, param?: string): Problem => ({ kind: 'bad_request', status: 400, message, param });
const used = (input: number, output = 0): Usage => ({ input, output, reasoning: 0, cached: 0, cacheWrite: 0 });

/** The body, whether it came as JSON or as a form. */
export function plainBody(request: VendorRequest, body: unknown): JsonObject {
  if (isObject(body)) return body;
  return readForm(request.headers, request.raw)?.fields ?? {};
}

/** The last text of a body, where directives stand. */
export function plainText(body: JsonObject): string | undefined {
  return textIn(body['prompt']) ?? textIn(body['query']);
}

const readers: Readonly<Record<PlainEndpoint, (asked: Asked) => Lookup | Problem>> = {
  speech: readSpeech,
  transcription: readTranscription,
  moderation: readModeration,
  rerank: readRerank,
};

export function readPlain(
  endpoint: PlainEndpoint,
  request: VendorRequest,
  given: unknown,
  headersFor: HeadersFor,
): Lookup | Refusal {
  const body = plainBody(request, given);
  const model = textIn(body['model']) ?? (endpoint === 'moderation' ? 'omni-moderation-latest' : '');
  const refused = (problem: Problem): Refusal => ({ kind: 'refusal', endpoint, model, problem });
  if (model === '') return refused(bad('you must provide a model parameter', 'model'));
  if (NO_SUCH_MODEL.test(model)) return refused({ kind: 'no_model', status: 404, model });
  const file = readForm(request.headers, request.raw)?.file;
  const read = readers[endpoint]({ vendor: request.vendor, model, body, file, headersFor });
  return 'reply' in read ? read : refused(read);
}

function lookup(endpoint: PlainEndpoint, model: string, usage: Usage, reply: (moment: Moment) => Reply): Lookup {
  return { kind: 'lookup', endpoint, model, usage, reply };
}

function json({ headersFor }: Asked, write: (moment: Moment) => JsonObject): (moment: Moment) => Reply {
  return (moment) => ({ headers: headersFor(moment, 'application/json'), body: JSON.stringify(write(moment)) });
}

const SPEECH_FIELDS = new Set('input instructions model response_format speed stream_format voice'.split(' '));
const STRICT_VENDORS = new Set(['openai', 'azure']);
/** OpenAI's older models know no events: of speech they refuse them, of transcripts they answer whole. */
const knowsEvents = (model: string): boolean => !/^(tts-1|whisper-1)/.test(model);
const EVENTS = 'text/event-stream; charset=utf-8';
const AUDIO_TOKENS_PER_SECOND = 20;

function readSpeech(asked: Asked): Lookup | Problem {
  const { vendor, model, body, headersFor } = asked;
  const text = textIn(body['input']) ?? '';
  if (text === '') return bad("Missing required parameter: 'input'.", 'input');
  const voice = textIn(body['voice']) ?? textIn(objectIn(body['voice'])['id']);
  if (voice === undefined && vendor === 'openai') return bad("Missing required parameter: 'voice'.", 'voice');
  const stranger = STRICT_VENDORS.has(vendor)
    ? Object.keys(body).find((field) => !SPEECH_FIELDS.has(field))
    : undefined;
  if (stranger !== undefined) return bad(`Unrecognized request argument supplied: ${stranger}`, stranger);
  const { sound, seconds } = speak(text, voice ?? 'plain');
  const input = countTokens(text);
  const told = usageOfSpeech(vendor, input, Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND));
  if (vendor === 'mistral') {
    const whole = lookup(
      'speech',
      model,
      used(input),
      json(asked, () => ({ audio_data: sound.toString('base64') })),
    );
    if (body['stream'] !== true) return whole;
    return {
      ...whole,
      stream: (moment) => ({ headers: headersFor(moment, EVENTS), frames: mistralSpeechFrames(sound, told) }),
    };
  }
  const type = SOUND_TYPES[textIn(body['response_format']) ?? 'mp3'];
  if (type === undefined) return bad("Invalid value for 'response_format'.", 'response_format');
  const isEvents = body['stream_format'] === 'sse';
  if (isEvents && !knowsEvents(model)) return bad(`The model '${model}' does not support 'stream_format' 'sse'.`);
  const whole = lookup('speech', model, used(input), (moment) => ({
    headers: headersFor(moment, type),
    body: sound.toString('latin1'),
    encoding: 'latin1',
  }));
  return {
    ...whole,
    stream: (moment) =>
      isEvents
        ? { headers: headersFor(moment, EVENTS), frames: openaiSpeechFrames(sound, told) }
        : { headers: headersFor(moment, type), frames: soundFrames(sound), encoding: 'latin1' },
  };
}

/** Input and output, in the vendor's words. */
function usageOfSpeech(vendor: string, input: number, output: number): JsonObject {
  const total_tokens = input + output;
  return vendor === 'mistral'
    ? { prompt_tokens: input, completion_tokens: output, total_tokens }
    : { input_tokens: input, output_tokens: output, total_tokens };
}

function readTranscription(asked: Asked): Lookup | Problem {
  const { vendor, model, body, file } = asked;
  if (file === undefined || file.length === 0) return bad("Missing required parameter: 'file'.", 'file');
  const heard = hear(file);
  const usage = used(heard.seconds * 10, countTokens(heard.text));
  const form = textIn(body['response_format']) ?? 'json';
  const write = transcripts[form];
  if (write === undefined) return bad("Invalid value for 'response_format'.", 'response_format');
  const told = usageOfTranscript(vendor, model, usage, heard.seconds);
  const answer = write(heard, told);
  const whole =
    typeof answer !== 'string'
      ? lookup(
          'transcription',
          model,
          usage,
          json(asked, () => answer),
        )
      : lookup('transcription', model, usage, (moment) => ({
          headers: asked.headersFor(moment, 'text/plain; charset=utf-8'),
          body: answer,
        }));
  const frames = body['stream'] === 'true' ? transcriptFrames(vendor, model, heard.text, told) : null;
  if (frames === null) return whole;
  return { ...whole, stream: (moment) => ({ headers: asked.headersFor(moment, EVENTS), frames }) };
}

/** Null where the vendor answers whole, whatever is asked for. */
function transcriptFrames(vendor: string, model: string, text: string, told: JsonObject): Frame[] | null {
  if (vendor === 'mistral') return mistralTranscriptFrames(model, text, told);
  return STRICT_VENDORS.has(vendor) && knowsEvents(model) ? openaiTranscriptFrames(text, told) : null;
}

function usageOfTranscript(vendor: string, model: string, { input, output }: Usage, seconds: number): JsonObject {
  if (vendor === 'mistral') {
    const total_tokens = input + output;
    return { prompt_tokens: input, completion_tokens: output, total_tokens, prompt_audio_seconds: seconds };
  }
  if (!/^gpt-/.test(model)) return { type: 'duration', seconds };
  return {
    type: 'tokens',
    input_tokens: input,
    input_token_details: { text_tokens: 0, audio_tokens: input },
    output_tokens: output,
    total_tokens: input + output,
  };
}

const transcripts: Readonly<Record<string, (heard: Heard, usage: JsonObject) => JsonObject | string>> = {
  json: ({ text }, usage) => ({ text, usage }),
  verbose_json: ({ text, seconds }, usage) => ({
    task: 'transcribe',
    language: 'english',
    duration: seconds,
    text,
    segments: [
      {
        id: 0,
        seek: 0,
        start: 0,
        end: seconds,
        text,
        tokens: [],
        temperature: 0,
        avg_logprob: -0.2,
        compression_ratio: 1,
        no_speech_prob: 0,
      },
    ],
    usage,
  }),
  text: ({ text }) => `${text}\n`,
  srt: ({ text, seconds }) => `1\n${clock(0, ',')} --> ${clock(seconds, ',')}\n${text}\n\n`,
  vtt: ({ text, seconds }) => `WEBVTT\n\n${clock(0, '.')} --> ${clock(seconds, '.')}\n${text}\n\n`,
};

function clock(seconds: number, point: string): string {
  return new Date(seconds * 1000).toISOString().slice(11, 23).replace('.', point);
}

function readModeration(asked: Asked): Lookup | Problem {
  const { vendor, model, body } = asked;
  const { input } = body;
  const items = typeof input === 'string' ? [input] : listIn(input);
  if (items.length === 0) return bad("Missing required parameter: 'input'.", 'input');
  const parts = items.filter(isObject);
  const texts = parts.length > 0 ? [parts.map((part) => textIn(part['text']) ?? '').join('\n')] : items.map(String);
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return lookup(
    'moderation',
    model,
    used(tokens),
    json(asked, ({ mint }) => ({
      id: `modr-${mint.base62(29)}`,
      model,
      results: texts.map(judge),
      ...(vendor === 'mistral' && { usage: { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens } }),
    })),
  );
}

/** Documents by likeness, the most alike first; a score between 0 and 1 for each. */
export function rank(model: string, query: string, documents: readonly string[]) {
  return documents
    .map((document, index) => {
      const likeness = (likenessOf(model, query, document) + 1) / 2;
      return { index, relevance_score: Number((likeness - (hashText(document) % 1000) * 1e-9).toPrecision(8)) };
    })
    .sort((a, b) => b.relevance_score - a.relevance_score);
}

function readRerank(asked: Asked): Lookup | Problem {
  const { model, body } = asked;
  const query = textIn(body['query']) ?? '';
  const documents = listIn(body['documents']).map((one) => textIn(one) ?? textIn(objectIn(one)['text']) ?? '');
  if (query === '' || documents.length === 0) return bad('"documents" must be a non-empty string array', 'documents');
  const top = Math.min(documents.length, numberIn(body['top_n']) ?? documents.length);
  const isShown = body['return_documents'] !== false;
  const tokens = documents.reduce((sum, text) => sum + countTokens(text) + countTokens(query), 0);
  const results = rank(model, query, documents)
    .slice(0, top)
    .map((one) => ({ ...one, ...(isShown && { document: { text: documents[one.index] } }) }));
  return lookup(
    'rerank',
    model,
    used(tokens),
    json(asked, ({ mint }) => ({
      id: mint.uuid(),
      object: 'rerank',
      model,
      results,
      usage: { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens },
    })),
  );
}
