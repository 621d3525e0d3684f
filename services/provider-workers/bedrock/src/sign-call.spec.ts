import { describe, expect, it } from '@jest/globals';
import { readAwsKey, signCall, type SignedCall } from './sign-call.js';

// The key and the moment of the examples that AWS publishes for Signature Version 4.
const key = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
};
const call: SignedCall = {
  method: 'GET',
  host: 'example.amazonaws.com',
  path: '/',
  body: new Uint8Array(),
  at: Date.parse('2015-08-30T12:36:00Z'),
  region: 'us-east-1',
  service: 'service',
};
const signatureOf = (headers: Readonly<Record<string, string>>) =>
  /Signature=(\w+)$/.exec(headers.authorization ?? '')?.[1];

describe('a signature of a call', () => {
  it.each<[string, Partial<SignedCall>, string]>([
    ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      { path: '/?Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('is the one that AWS publishes for %s', (_, other, signature) => {
    const headers = signCall(key, { ...call, ...other });
    expect(signatureOf(headers)).toBe(signature);
    expect(headers).toMatchObject({ 'x-amz-date': '20150830T123600Z' });
    expect(headers.authorization).toContain(
      'Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date,',
    );
  });

  it('covers the session, the body and the path', () => {
    const plain = signatureOf(signCall(key, call));
    const session = signCall({ ...key, sessionToken: 'token' }, call);
    expect(session).toMatchObject({ 'x-amz-security-token': 'token' });
    expect(session.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
    const others = [
      session,
      signCall(key, { ...call, body: Buffer.from('x') }),
      signCall(key, { ...call, path: '/a%3A' }),
    ];
    expect(new Set([plain, ...others.map(signatureOf)]).size).toBe(4);
  });

  it('never holds the secret', () => {
    expect(JSON.stringify(signCall(key, call))).not.toContain(key.secretAccessKey);
  });
});

describe('a key of AWS', () => {
  it('is told from a key of Bedrock’s own', () => {
    expect(readAwsKey('AKID:secret/+')).toEqual({
      accessKeyId: 'AKID',
      secretAccessKey: 'secret/+',
      sessionToken: null,
    });
    expect(readAwsKey('ASIA:secret:to:ken')).toMatchObject({ sessionToken: 'to:ken' });
    expect(readAwsKey('ABSKQmVkcm9ja0FQSUtleQ==')).toBeNull();
    expect(readAwsKey(':secret')).toBeNull();
  });
});
