import { describe, expect, it } from '@jest/globals';
import type { DeploymentHealth, HealthRevision } from '@skein/contracts/health';
import { heldTargets, targetOf } from './held-targets.js';

const NOW = 1_000;
const deployment = (vendor: string, model: string, circuit: DeploymentHealth['circuit'], until = NOW + 1) => ({
  vendor,
  model,
  circuit,
  until: circuit === 'open' ? until : null,
  attempts: 9,
  errors: 9,
  rate_limited: 0,
  consecutive_errors: 9,
  first_byte_p50_ms: null,
  first_byte_p95_ms: null,
  total_p50_ms: null,
  total_p95_ms: null,
});
const health = (...deployments: DeploymentHealth[]): HealthRevision => ({ revision: 'r', at: 0, deployments });

describe('jobs that wait for a circuit', () => {
  it.each([
    ['no news', null, ['openai'], { targets: [], everything: false }],
    ['a closed circuit', health(deployment('openai', 'm', 'closed')), ['openai'], { targets: [], everything: false }],
    ['a probing one', health(deployment('openai', 'm', 'half_open')), ['openai'], { targets: [], everything: false }],
    [
      'one open of two',
      health(deployment('openai', 'm', 'open'), deployment('openai', 'n', 'closed')),
      ['openai'],
      { targets: ['openai/m'], everything: false },
    ],
    [
      'one whose time is over',
      health(deployment('openai', 'm', 'open', NOW)),
      ['openai'],
      { targets: [], everything: false },
    ],
    [
      'a vendor nobody has news of',
      health(deployment('openai', 'm', 'open')),
      ['openai', 'groq'],
      { targets: ['openai/m'], everything: false },
    ],
    [
      'no vendor left',
      health(deployment('openai', 'm', 'open'), deployment('groq', 'n', 'open')),
      ['openai', 'groq'],
      { targets: ['openai/m', 'groq/n'], everything: true },
    ],
    ['no worker at all', health(), [], { targets: [], everything: false }],
  ])('%s', (_name, news, vendors, held) => {
    expect(heldTargets(news, vendors, NOW)).toEqual(held);
  });
});

describe('where a job can go', () => {
  it.each([
    ['auto', [], { vendor: null, target: null }],
    ['workflow/triage', [], { vendor: null, target: null }],
    ['openai/gpt-4o', [], { vendor: 'openai', target: 'openai/gpt-4o' }],
    ['openrouter/meta/llama', [], { vendor: 'openrouter', target: 'openrouter/meta/llama' }],
    ['openai/gpt-4o', ['anthropic/claude'], { vendor: 'openai', target: null }],
  ])('%s with fallbacks %j', (model, fallbacks, expected) => {
    expect(targetOf(model, fallbacks)).toEqual(expected);
  });
});
