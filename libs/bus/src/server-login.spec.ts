import { describe, expect, it } from '@jest/globals';
import { serversAndLogin } from './server-login.js';

describe('the login in a NATS URL', () => {
  it.each([
    ['nats://127.0.0.1:4222', { servers: ['127.0.0.1:4222'] }],
    ['localhost:4222', { servers: ['localhost:4222'] }],
    ['tls://nats.example:4222', { servers: ['tls://nats.example:4222'] }],
    ['nats://mesh:s%40cret@127.0.0.1:4222', { servers: ['127.0.0.1:4222'], user: 'mesh', pass: 's@cret' }],
    ['nats://a:1, nats://u:p@b:2,c:3', { servers: ['a:1', 'b:2', 'c:3'], user: 'u', pass: 'p' }],
  ])('is taken out of %s', (url, expected) => {
    expect(serversAndLogin(url)).toEqual(expected);
  });

  it('is refused where the URL is none', () => {
    expect(() => serversAndLogin('nats://')).toThrow();
  });
});
