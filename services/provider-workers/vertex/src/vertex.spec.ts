import { describe, expect, it } from '@jest/globals';
import { callFor, describeConformance, describeFuzz, geminiShaped } from '@skein/provider-kit/conformance';
import { vertex } from './vertex.js';

describeConformance(vertex, 'vertex', geminiShaped);
describeFuzz(vertex, 'vertex', geminiShaped);

const outgoing = { host: 'aiplatform.googleapis.com', path: '/', body: new Uint8Array(), at: 0, region: null };

describe('a call of Vertex AI', () => {
  it('goes to Google’s models below the project and location of the base URL', () => {
    expect(callFor(vertex, false).path).toBe('/publishers/google/models/model-under-test:generateContent');
    expect(callFor(vertex, true).path).toBe('/publishers/google/models/model-under-test:streamGenerateContent?alt=sse');
  });

  it.each([
    ['ya29.token', { authorization: 'Bearer ya29.token' }],
    ['AIzaSy123', { 'x-goog-api-key': 'AIzaSy123' }],
    ['AQ.Ab8', { 'x-goog-api-key': 'AQ.Ab8' }],
  ])('shows %s as what it is', (key, headers) => {
    expect(vertex.authorize(key, outgoing)).toEqual(headers);
  });
});
