import { createAnthropic } from '@ai-sdk/anthropic';
import { describeOracle, type Oracle } from '@skein/provider-kit/conformance';
import { anthropic } from './anthropic.js';
import { anthropicShaped } from '../test/anthropic-shaped.js';

const oracle: Oracle = {
  name: '@ai-sdk/anthropic',
  modelOf: (fetch) => createAnthropic({ apiKey: 'k', baseURL: 'http://vendor/v1', fetch })('claude'),
  deafTo: () => null,
};

describeOracle(anthropic, 'anthropic', anthropicShaped, oracle);
