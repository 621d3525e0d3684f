import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { bodyOf, describeOracle, geminiShaped, type Oracle } from '@skein/provider-kit/conformance';
import { google } from './google.js';

const oracle: Oracle = {
  name: '@ai-sdk/google',
  modelOf: (fetch) =>
    createGoogleGenerativeAI({ apiKey: 'k', baseURL: 'http://vendor/v1beta', fetch })('gemini-2.5-flash'),
  deafTo: (fixture, ours, theirs) =>
    ours.totalTokens !== theirs.totalTokens && bodyOf(fixture).includes('toolUsePromptTokenCount')
      ? { to: 'totalTokens', because: 'with what its own tools read, which it does not count' }
      : null,
};

describeOracle(google, 'gemini', geminiShaped, oracle);
