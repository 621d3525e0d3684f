/** What the vendor of the attempt specs says. */
import type { ServerResponse } from 'node:http';

export const ask = { model: 'auto', messages: [{ role: 'user', content: 'What is the capital of France?' }] };
export const chunk = (delta: unknown, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
export const usage = {
  prompt_tokens: 14,
  completion_tokens: 2,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4 },
};
export const usageChunk = { ...chunk({}), choices: [], usage };
export const whole = {
  id: 'chatcmpl-2',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Paris' }, finish_reason: 'stop' }],
  usage,
};

export const startStream = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_vendor' });
export const goodStream = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Par' }),
  chunk({ content: 'is' }),
  chunk({}, 'stop'),
  usageChunk,
  '[DONE]',
];
