export { providerRoom, makeProviderWorker, ProviderWorker } from './provider-room.js';
export { chooseDeployment, vendorSettings, type Deployment, type VendorSettings } from './vendor-settings.js';
export { openAiDialect } from './openai/openai-dialect.js';
export { geminiDialect, type GeminiDoor } from './gemini/gemini-dialect.js';
export { runAttempt, type AttemptWorker } from './run-attempt.js';
export { openLine, type VendorLine } from './call-vendor.js';
export { KeyRing } from './key-ring.js';
export { systemClock, type Clock } from './clock.js';
export { readEvent } from './read-event.js';
export { SseReader, SseOverflow, type SseEvent } from './sse-reader.js';
export type {
  AnswerChunk,
  AnswerProgress,
  EventReader,
  OutgoingCall,
  PlainCall,
  PreparePlain,
  Question,
  StreamTranslator,
  VendorAdapter,
  VendorCall,
  VendorHeaders,
  WholeAnswer,
} from './vendor-adapter.js';
export {
  codeOfStatus,
  headerOf,
  malformed,
  readRetryAfter,
  vendorError,
  type VendorComplaint,
} from './vendor-errors.js';
export { leaveOutMetadata, maxTokensOf, openRequest, stopSequencesOf } from './open-request.js';
export {
  countOf,
  isObject,
  itemsOf,
  jsonBytes,
  objectOf,
  parseJson,
  textOf,
  tryParseJson,
  valueAt,
  type JsonObject,
} from './json.js';
export { cannot, type FieldTable } from './screen-fields.js';
export {
  ChunkWriter,
  nativeEnding,
  openAiUsageOf,
  writeCompletion,
  type AnswerIdentity,
  type WrittenChoice,
} from './chat-writer.js';
export { weighMessage } from './openai/weigh-message.js';
export { textsOf, vectorOf, writeEmbeddings } from './plain/embedding-texts.js';
export { estimateTextTokens, inputOf, otherFields, plainAnswer, readBody, requestOf } from './plain/plain-request.js';
export { readRerankUsage } from './openai/plain/rerank.js';
export { foreignMetadata } from './openai/to-openai.js';
export { readDataUrl, type InlineData } from './data-url.js';
export { LeftOut, saysNothing } from './foreign-fields.js';
export {
  inlineText,
  readMessages,
  type Call,
  type Part,
  type PartOf,
  type Said,
} from './conversation/read-messages.js';
export { toTurns, unreadable, type Conversation, type Speaker } from './conversation/to-turns.js';
export {
  anthropicSchemas,
  cohereSchemas,
  compileSchema,
  geminiSchemas,
  schemaInWords,
  type SchemaProfile,
} from './schemas/compile-schema.js';
export { firstCallOnly } from './first-call-only.js';
export { AnswerOrder, TEXT_ENDS } from './answer-order.js';
