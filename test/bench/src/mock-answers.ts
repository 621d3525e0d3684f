/** What the mock vendor says: a plain answer of 550 bytes, and a stream of 100 chunks in OpenAI's shape. */

/** How the vendor takes its time: not at all; 50 ms before each answer; streams that stay open, a chunk every few seconds. */
export type Pace = 'at once' | '50 ms' | 'open';

/** What the end of a prompt says of it. */
export const paceMarks: Readonly<Record<Pace, string>> = { 'at once': '', '50 ms': ' (50 ms)', open: ' (open)' };

const CHUNKS_PER_STREAM = 100;
const ANSWER_BYTES = 550;
const usage = { prompt_tokens: 92, completion_tokens: 98, total_tokens: 190 };

const renderAnswer = (content: string) =>
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'gpt-bench',
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage,
  });

export const benchAnswer = Buffer.from(
  renderAnswer('an answer '.repeat(100).slice(0, ANSWER_BYTES - renderAnswer('').length)),
);

const event = (choices: readonly unknown[], rest: object = {}) =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'gpt-bench', choices, ...rest })}\n\n`,
  );
const delta = (fields: object, finish: string | null = null) =>
  event([{ index: 0, delta: fields, logprobs: null, finish_reason: finish }]);

export const benchChunks: readonly Buffer[] = [
  delta({ role: 'assistant', content: '' }),
  ...Array.from({ length: CHUNKS_PER_STREAM - 2 }, (_, index) => delta({ content: ` word${index}` })),
  delta({}, 'stop'),
];
/** Sent before the end to who asked for it. */
export const usageChunk = event([], { usage });
export const doneEvent = Buffer.from('data: [DONE]\n\n');
export const benchStream = Buffer.concat([...benchChunks, usageChunk, doneEvent]);
