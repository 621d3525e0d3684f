import { expect, it } from '@jest/globals';
import { restingVendors, vendorsReply } from './resting.js';

it('names each vendor that the mesh does not trust just now, by its own state or that of a model', () => {
  const reply = vendorsReply.parse({
    vendors: [{ vendor: 'openai', circuit: 'closed' }, { vendor: 'groq' }, { vendor: 'mistral', circuit: 'open' }],
    deployments: [
      { vendor: 'openai', model: 'gpt-4o', circuit: 'half_open' },
      { vendor: 'openai', model: 'gpt-4.1', circuit: 'open' },
      { vendor: 'cohere', model: 'command-r', circuit: 'closed', rolled_back: true },
      { vendor: 'groq', model: 'llama', circuit: 'closed', rolled_back: false },
    ],
  });
  expect(restingVendors(reply)).toEqual(['cohere', 'mistral', 'openai']);
});
