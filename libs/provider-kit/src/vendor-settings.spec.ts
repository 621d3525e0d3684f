import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@skein/config';
import { vendorById, type VendorId } from '@skein/catalog';
import { chooseDeployment, vendorSettings } from './vendor-settings.js';

const choose = (vendor: VendorId, environment: Record<string, string>) =>
  chooseDeployment(vendorById(vendor), readSettings(vendorSettings(vendorById(vendor)), environment));

describe('how a vendor is served', () => {
  it('is live with a key, at its own address', () => {
    expect(choose('openai', { OPENAI_API_KEY: 'a, b,,' })).toEqual({
      mode: 'live',
      baseUrl: 'https://api.openai.com/v1',
      region: null,
      keys: ['a', 'b'],
      concurrency: 256,
      id: '1',
      weight: 1,
      others: [],
    });
  });

  it('is live at every deployment that the operator lists, in YAML or JSON', () => {
    const yaml = `
- id: sweden
  base_url: https://se.example.com/openai/v1
  keys: a, b
  weight: 3
- base_url: https://us.example.com/openai/v1
  region: us-east
`;
    expect(choose('azure', { AZURE_DEPLOYMENTS: yaml, AZURE_API_KEY: 'c' })).toMatchObject({
      mode: 'live',
      id: 'sweden',
      baseUrl: 'https://se.example.com/openai/v1',
      keys: ['a', 'b'],
      weight: 3,
      others: [{ id: '2', baseUrl: 'https://us.example.com/openai/v1', region: 'us-east', keys: ['c'], weight: 1 }],
    });
    const json = JSON.stringify([
      { region: 'eu-central-1', keys: ['x'] },
      { region: 'us-east-1', keys: ['y'] },
    ]);
    expect(choose('bedrock', { BEDROCK_DEPLOYMENTS: json })).toMatchObject({
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      others: [{ baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com', keys: ['y'] }],
    });
  });

  it.each([
    ['azure', '[{"keys":"k"}]', /AZURE_DEPLOYMENTS: deployment "1" has no base_url/],
    ['openai', '[{"id":"a"}]', /deployment "a" has no keys, and OPENAI_API_KEY/],
    ['openai', '[{"key":"sk-secret"}]', /OPENAI_DEPLOYMENTS: 0: .*key/],
    ['openai', '[{"id":"a","keys":"k"},{"id":"a","keys":"l"}]', /same id/],
    ['openai', '[]', /at least one/],
    ['openai', '{', /neither YAML nor JSON/],
  ] as const)('is not served %s by %s, and says why', (vendor, list, words) => {
    const variable = `${vendor.toUpperCase()}_DEPLOYMENTS`;
    expect(() => choose(vendor, { [variable]: list })).toThrow(words);
    expect(() => choose(vendor, { [variable]: list })).not.toThrow(/sk-secret/);
  });

  it('is live with a key even when there is a sandbox, and where the operator says', () => {
    const environment = { GROQ_API_KEY: 'a', GROQ_BASE_URL: 'http://proxy/v1', SANDBOX_URL: 'http://s' };
    expect(choose('groq', environment)).toMatchObject({ mode: 'live', baseUrl: 'http://proxy/v1' });
  });

  it.each<[VendorId, string]>([
    ['openai', 'http://127.0.0.1:9/openai/v1'],
    ['mistral', 'http://127.0.0.1:9/mistral/v1'],
    ['anthropic', 'http://127.0.0.1:9/anthropic'],
    ['google', 'http://127.0.0.1:9/google'],
    ['vertex', 'http://127.0.0.1:9/vertex'],
    ['bedrock', 'http://127.0.0.1:9/bedrock'],
    ['cohere', 'http://127.0.0.1:9/cohere'],
    ['azure', 'http://127.0.0.1:9/azure/v1'],
    ['ollama', 'http://127.0.0.1:9/ollama/v1'],
  ])('is sandboxed without a key: %s', (vendor, baseUrl) => {
    expect(choose(vendor, { SANDBOX_URL: 'http://127.0.0.1:9/' })).toMatchObject({
      mode: 'sandbox',
      baseUrl,
      keys: ['sandbox'],
    });
  });

  it.each<[VendorId, string]>([
    ['openai', 'OPENAI_API_KEY'],
    ['ollama', 'OLLAMA_BASE_URL'],
    ['custom', 'CUSTOM_BASE_URL'],
  ])('is refused for %s without either, naming %s', (vendor, variable) => {
    expect(() => choose(vendor, {})).toThrow(variable);
  });

  it('has an address by its region, unless the operator names another', () => {
    const environment = { BEDROCK_API_KEY: 'k', BEDROCK_REGION: 'eu-central-1' };
    expect(choose('bedrock', environment)).toMatchObject({
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      region: 'eu-central-1',
    });
    const elsewhere = { ...environment, BEDROCK_BASE_URL: 'http://proxy' };
    expect(choose('bedrock', elsewhere)).toMatchObject({ baseUrl: 'http://proxy', region: 'eu-central-1' });
    expect(() => choose('bedrock', { BEDROCK_API_KEY: 'k' })).toThrow('BEDROCK_REGION is not set');
    expect(() => choose('bedrock', { ...environment, BEDROCK_REGION: 'x.evil.com/' })).toThrow('BEDROCK_REGION');
    expect(() => choose('azure', { AZURE_API_KEY: 'k' })).toThrow('AZURE_BASE_URL is not set');
  });

  it('needs no key where the vendor needs none, and sends one that is given', () => {
    expect(choose('vllm', { VLLM_BASE_URL: 'http://gpu:8000/v1' })).toMatchObject({ mode: 'live', keys: [] });
    expect(choose('vllm', { VLLM_BASE_URL: 'http://gpu:8000/v1', VLLM_API_KEY: 'k' })).toMatchObject({ keys: ['k'] });
  });

  it('takes the vendor’s own limit over the worker’s', () => {
    const environment = { OPENAI_API_KEY: 'a', WORKER_CONCURRENCY: '10' };
    expect(choose('openai', environment)).toMatchObject({ concurrency: 10 });
    expect(choose('openai', { ...environment, OPENAI_CONCURRENCY: '3' })).toMatchObject({ concurrency: 3 });
  });

  it('never shows a key in a refusal', () => {
    const broken = { OPENAI_API_KEY: 'sk-secret', OPENAI_BASE_URL: 'nonsense', OPENAI_CONCURRENCY: '-1' };
    const refuse = () => choose('openai', broken);
    expect(refuse).toThrow(/OPENAI_BASE_URL/);
    expect(refuse).toThrow(/OPENAI_CONCURRENCY/);
    expect(refuse).not.toThrow(/sk-secret/);
  });
});
