import { randomUUID } from 'node:crypto';
import { vendorById } from '@skein/catalog';
import { SkeinError } from '@skein/contracts/errors';
import {
  firstCallOnly,
  headerOf,
  jsonBytes,
  type OutgoingCall,
  type VendorAdapter,
  type VendorCall,
} from '@skein/provider-kit';
import { bedrockEmbeddings } from './bedrock-embeddings.js';
import { BedrockStream } from './bedrock-stream.js';
import { REQUEST_ID_HEADER, readBedrockError } from './bedrock.errors.js';
import { conversePath } from './bedrock.wire.js';
import { EventStreamReader } from './event-stream.js';
import { readBedrockWhole } from './from-bedrock.js';
import { readAwsKey, signCall } from './sign-call.js';
import { toBedrock } from './to-bedrock.js';

const SERVICE = 'bedrock';
/** In the vendor's own addresses the region stands between dots: `bedrock-runtime.eu-central-1.amazonaws.com`. */
const REGION = /(?:^|\.)([a-z]{2,}(?:-[a-z]+)+-\d+)\./;

/** A key of Bedrock's own goes along; a key of AWS signs the call. */
function authorize(key: string, call: OutgoingCall): Readonly<Record<string, string>> {
  const awsKey = readAwsKey(key);
  if (awsKey === null) return { authorization: `Bearer ${key}` };
  const region = call.region ?? REGION.exec(call.host)?.[1];
  if (region === undefined) {
    throw new SkeinError('vendor_unauthorized', 'BEDROCK_REGION is not set, and the base URL names no region.', {
      source: 'vendor',
      vendor: SERVICE,
    });
  }
  const { host, path, body, at } = call;
  return signCall(awsKey, { method: 'POST', host, path, body, at, region, service: SERVICE });
}

/** Amazon Bedrock's Converse. */
export const bedrock: VendorAdapter = {
  vendor: vendorById('bedrock'),
  authorize,
  prepare(question) {
    const { body, notices, wantsUsageChunk, ...asked } = toBedrock(question);
    // Converse gives its answers no id.
    const identity = { id: `chatcmpl-${randomUUID()}`, model: question.model, at: question.at };
    const call: VendorCall = {
      path: conversePath(question.model, question.stream),
      headers: {
        'content-type': 'application/json',
        accept: question.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
      },
      body: jsonBytes(body),
      notices,
      readWhole: (bytes) => readBedrockWhole(bytes, identity),
      openStream: () => new BedrockStream(identity, wantsUsageChunk),
      openReader: (onEvent, maxEventBytes) => new EventStreamReader(onEvent, maxEventBytes),
    };
    return asked.firstCallOnly ? firstCallOnly(call) : call;
  },
  plain: { embeddings: bedrockEmbeddings },
  readError: readBedrockError,
  readRequestId: (headers) => headerOf(headers, REQUEST_ID_HEADER),
};
