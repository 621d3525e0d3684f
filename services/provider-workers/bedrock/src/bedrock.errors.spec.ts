import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { bedrock } from './bedrock.js';
import { exceptionIn, readBedrockError } from './bedrock.errors.js';
import { readBedrockUsage } from './bedrock.wire.js';

const read = (status: number, type: string | null, body: object = { message: 'm' }) =>
  readBedrockError(
    status,
    type === null ? {} : { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
    Buffer.from(JSON.stringify(body)),
    0,
  );

describe('what Bedrock’s refusal means', () => {
  it.each([
    [400, 'ValidationException', 'vendor_refused'],
    [400, 'ServiceQuotaExceededException', 'vendor_rate_limited'],
    [403, 'AccessDeniedException', 'vendor_unauthorized'],
    [403, 'UnrecognizedClientException', 'vendor_unauthorized'],
    [403, 'ExpiredTokenException', 'vendor_unauthorized'],
    [404, 'ResourceNotFoundException', 'vendor_refused'],
    [408, 'ModelTimeoutException', 'vendor_timeout'],
    [424, 'ModelErrorException', 'vendor_failed'],
    [429, 'ThrottlingException', 'vendor_rate_limited'],
    [429, 'ModelNotReadyException', 'vendor_overloaded'],
    [500, 'InternalServerException', 'vendor_failed'],
    [503, 'ServiceUnavailableException', 'vendor_overloaded'],
    [503, null, 'vendor_overloaded'],
    [418, 'toString', 'vendor_refused'],
  ])('%i %s is %s', (status, type, code) => {
    expect(read(status, type)).toMatchObject({ code, source: 'vendor', vendor: 'bedrock', vendorCode: type });
  });

  it('is the same within a stream, where there is no status', () => {
    const data = Buffer.from('{"message":"slow down"}');
    expect(exceptionIn('throttlingException', data)).toMatchObject({
      code: 'vendor_rate_limited',
      message: 'slow down',
    });
    expect(exceptionIn('validationException', data)).toMatchObject({ code: 'vendor_refused', status: 400 });
    expect(exceptionIn('unheardOfException', data)).toMatchObject({ code: 'vendor_failed' });
    expect(exceptionIn('error', Buffer.from('{"code":"x"}'))).toMatchObject({ code: 'vendor_failed' });
    expect(exceptionIn('messageStart', data)).toBeNull();
  });

  it('reads the exception out of the body, too', () => {
    expect(read(400, null, { __type: 'com.amazon.coral#ThrottlingException', Message: 'x' })).toMatchObject({
      code: 'vendor_rate_limited',
    });
  });
});

describe('usage of Bedrock’s', () => {
  it('tells what was written to the cache for how long', () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadInputTokens: 3,
      cacheWriteInputTokens: 7,
      cacheDetails: [
        { ttl: '1h', inputTokens: 4 },
        { ttl: '5m', inputTokens: 3 },
      ],
    };
    expect(readBedrockUsage(usage)).toMatchObject({
      input_uncached: 10,
      cache_read: 3,
      cache_write_5m: 3,
      cache_write_1h: 4,
      output: 5,
    });
    expect(readBedrockUsage({})).toBeNull();
  });
});

describe('a key for Bedrock', () => {
  const call = { path: '/model/m/converse', body: Buffer.from('{}'), at: 0, region: null };

  it('goes along where it is Bedrock’s own', () => {
    expect(bedrock.authorize('ABSKabc', { ...call, host: 'x' })).toEqual({ authorization: 'Bearer ABSKabc' });
  });

  it.each([
    ['bedrock-runtime.eu-central-1.amazonaws.com', null, 'eu-central-1'],
    ['vpce-1.bedrock-runtime.us-gov-west-1.vpce.amazonaws.com', null, 'us-gov-west-1'],
    ['proxy.local:8080', 'us-east-1', 'us-east-1'],
  ])('signs for the region of %s (told: %s)', (host, region, expected) => {
    const { authorization } = bedrock.authorize('AKID:secret', { ...call, host, region });
    expect(authorization).toContain(`Credential=AKID/19700101/${expected}/bedrock/aws4_request`);
  });

  it('signs nothing where no region is known', () => {
    expect(() => bedrock.authorize('AKID:secret', { ...call, host: 'proxy.local' })).toThrow('BEDROCK_REGION');
  });
});
