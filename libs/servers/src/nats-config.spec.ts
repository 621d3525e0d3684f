import { describe, expect, it } from '@jest/globals';
import { renderNatsConfig, type NatsConfig } from './nats-config.js';

const config: NatsConfig = {
  host: '127.0.0.1',
  port: 4999,
  serverName: 'skein-1',
  storeDir: '/tmp/a "quoted" dir',
  meshPassword: 'm',
  customerPassword: 'c',
  systemPassword: 's',
  admitsAnonymous: true,
};

describe('the configuration of a private nats-server', () => {
  it('takes clients without credentials for customers only where that is wanted', () => {
    expect(renderNatsConfig(config)).toContain('no_auth_user: customer');
    expect(renderNatsConfig({ ...config, admitsAnonymous: false })).not.toContain('no_auth_user');
  });

  it('quotes what it is given', () => {
    expect(renderNatsConfig(config)).toContain('store_dir: "/tmp/a \\"quoted\\" dir"');
  });
});
