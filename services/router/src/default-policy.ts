/**
 * The policy of a mesh whose operator has written none. Lists name models of many vendors: those without a worker are
 * passed over, so that the same document serves whoever has one key or ten.
 */
import type { PolicyDocument } from '@skein/contracts/router';
import { policyDocument } from '@skein/contracts/router';

const GENERAL = [
  'openai/gpt-4.1-mini',
  'google/gemini-3-flash-preview',
  'anthropic/claude-haiku-4-5',
  'deepseek/deepseek-v4-flash',
  'mistral/mistral-medium-2508',
  'qwen/qwen3.5-plus',
  'groq/openai/gpt-oss-120b',
];

const FAST = [
  'groq/llama-3.1-8b-instant',
  'google/gemini-2.5-flash-lite',
  'openai/gpt-4.1-nano',
  'anthropic/claude-haiku-4-5',
  'mistral/mistral-small-2603',
  'qwen/qwen-flash',
];

const EXTRACTION = [
  'groq/llama-3.3-70b-versatile',
  'openai/gpt-4.1-mini',
  'google/gemini-3.1-flash-lite',
  'anthropic/claude-haiku-4-5',
  'mistral/mistral-small-2603',
  'deepseek/deepseek-v4-flash',
];

const HARD = [
  'openai/gpt-5.4',
  'anthropic/claude-sonnet-4-6',
  'google/gemini-3.1-pro-preview',
  'openai/o3',
  'deepseek/deepseek-v4-pro',
  'qwen/qwen3.7-max',
];

export const defaultPolicy: PolicyDocument = policyDocument.parse({
  name: 'default',
  strategy: 'balanced',
  default: GENERAL,
  tasks: {
    code: [
      'openai/gpt-5.4',
      'anthropic/claude-sonnet-4-6',
      'openai/gpt-4.1',
      'google/gemini-3-flash-preview',
      'deepseek/deepseek-v4-pro',
      'qwen/qwen3.6-plus',
      'mistral/mistral-medium-2508',
    ],
    math_reasoning: HARD,
    deep_reasoning: ['anthropic/claude-opus-4-8', 'openai/gpt-5.5', ...HARD],
    translation: [
      'openai/gpt-4o',
      'google/gemini-3-flash-preview',
      'anthropic/claude-haiku-4-5',
      'qwen/qwen3.5-plus',
      'deepseek/deepseek-v4-flash',
      'mistral/mistral-medium-2508',
    ],
    summarization: [
      'openai/gpt-4o-mini',
      'anthropic/claude-haiku-4-5',
      'google/gemini-3.1-flash-lite',
      'mistral/mistral-small-2603',
      'deepseek/deepseek-v4-flash',
    ],
    document_summary: [
      'anthropic/claude-sonnet-4-6',
      'google/gemini-3-flash-preview',
      'openai/gpt-4.1',
      'qwen/qwen3.6-plus',
    ],
    extraction: EXTRACTION,
    classification: FAST,
    rewriting: GENERAL,
    writing: [
      'openai/gpt-5.4',
      'anthropic/claude-sonnet-4-6',
      'google/gemini-3-flash-preview',
      'qwen/qwen3.6-plus',
      'mistral/mistral-large-2512',
    ],
    qa: GENERAL,
    customer_service: FAST,
    fast_response: FAST,
    analysis: [
      'anthropic/claude-sonnet-4-6',
      'openai/gpt-5.4',
      'google/gemini-3-flash-preview',
      'deepseek/deepseek-v4-pro',
      'qwen/qwen3.6-plus',
    ],
    multimodal: [
      'google/gemini-3-flash-preview',
      'openai/gpt-5.4',
      'anthropic/claude-sonnet-4-6',
      'doubao/doubao-seed-2-0-pro-260215',
      'openai/gpt-4.1-mini',
      'anthropic/claude-haiku-4-5',
    ],
    long_context: [
      'anthropic/claude-sonnet-4-6',
      'google/gemini-3-flash-preview',
      'openai/gpt-4.1',
      'qwen/qwen3.6-plus',
      'deepseek/deepseek-v4-pro',
    ],
  },
});
