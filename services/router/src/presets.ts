/**
 * Policies that ship with the product: the routing tables, tier bounds and chains of multi-model practice, as documents like
 * any other. Operators apply one as it is, or print it and go on from there. Models without a worker are passed over.
 */
import { policyDocument, type PolicyDocument } from '@skein/contracts/router';
import { defaultPolicy } from './default-policy.js';

export interface Preset {
  readonly about: string;
  readonly policy: PolicyDocument;
}

export const presetNames = ['default', 'starter', 'growing', 'mature', 'cost', 'quality', 'balanced'] as const;
export type PresetName = (typeof presetNames)[number];

export const isPresetName = (name: string): name is PresetName => presetNames.some((known) => known === name);

const FAST = ['groq/llama-3.1-8b-instant', 'google/gemini-2.5-flash-lite', 'openai/gpt-4.1-nano'];

/** Claude Opus → GPT-4o → Gemini Pro → Llama-3-70B → Llama-3-8B. */
const QUALITY_CHAIN = [
  'openai/gpt-4o',
  'google/gemini-2.5-pro',
  'groq/llama-3.3-70b-versatile',
  'groq/llama-3.1-8b-instant',
];
/** GPT-5.4 → Claude Sonnet 4.6 → Gemini 3 Flash → Qwen3.5. */
const MATURE_CHAIN = ['anthropic/claude-sonnet-4-6', 'google/gemini-3-flash-preview', 'qwen/qwen3.5-plus'];
/** gpt-4o → [claude-sonnet-4.5, gemini-1.5-pro], the latter retired since. */
const BALANCED_CHAIN = ['anthropic/claude-sonnet-4-5', 'google/gemini-2.5-pro'];

export const presets: Readonly<Record<PresetName, Preset>> = {
  default: {
    about: 'what applies where no policy was written: lists over many vendors, balanced',
    policy: defaultPolicy,
  },
  starter: {
    about: 'one small model for everything, under a cent a request',
    policy: policyDocument.parse({
      name: 'starter',
      strategy: 'cost_first',
      default: ['openai/gpt-4o-mini'],
      budgets: { max_request_usd: '0.01', over: 'downgrade' },
    }),
  },
  growing: {
    about: 'a model per kind of work, fast under 4K tokens and advanced over 8K, one to five cents a request',
    policy: policyDocument.parse({
      name: 'growing',
      strategy: 'balanced',
      default: ['openai/gpt-4o-mini', 'google/gemini-2.5-flash', 'anthropic/claude-haiku-4-5'],
      tasks: {
        summarization: ['openai/gpt-4o-mini', 'google/gemini-2.5-flash'],
        code: ['openai/gpt-4.1', 'anthropic/claude-sonnet-4-6'],
        reasoning: ['openai/o3', 'google/gemini-2.5-pro'],
        deep_reasoning: ['anthropic/claude-opus-4-8', 'openai/o3'],
        multimodal: ['google/gemini-2.5-pro', 'openai/gpt-4.1'],
      },
      tiers: {
        table: 'by_size',
        models: {
          reasoning: ['openai/gpt-4.1', 'google/gemini-2.5-pro', 'anthropic/claude-sonnet-4-6'],
          'long-context': ['google/gemini-2.5-pro', 'openai/gpt-4.1'],
        },
      },
      budgets: { max_request_usd: '0.05', over: 'downgrade' },
    }),
  },
  mature: {
    about: 'best models by task with long chains behind them, five to fifteen cents a request',
    policy: policyDocument.parse({
      name: 'mature',
      strategy: 'quality_first',
      default: ['openai/gpt-5.4', ...MATURE_CHAIN],
      tasks: {
        long_context: ['anthropic/claude-sonnet-4-6', 'google/gemini-3-flash-preview'],
        coding: ['openai/gpt-5.4', 'anthropic/claude-sonnet-4-6'],
        creative: ['openai/gpt-5.4', 'anthropic/claude-sonnet-4-6'],
        analysis: ['anthropic/claude-sonnet-4-6', 'openai/gpt-5.4'],
        fast_response: ['qwen/qwen3.5-plus', 'google/gemini-3-flash-preview'],
        multimodal: ['google/gemini-3-flash-preview', 'doubao/doubao-seed-2-0-pro-260215'],
      },
      tiers: { table: 'by_turns' },
      chains: { 'openai/gpt-5.4': MATURE_CHAIN },
      budgets: { max_request_usd: '0.15', over: 'downgrade' },
    }),
  },
  cost: {
    about: 'the cheapest model that reaches a quality of 6, answers no longer than their task needs',
    policy: policyDocument.parse({
      name: 'cost',
      strategy: 'cost_first',
      default: [
        'deepseek/deepseek-v4-flash',
        'openai/gpt-4o-mini',
        'google/gemini-2.5-flash-lite',
        'groq/llama-3.3-70b-versatile',
        'mistral/mistral-small-2603',
        'anthropic/claude-haiku-4-5',
      ],
      tasks: {
        extraction: ['groq/llama-3.1-8b-instant', 'openai/gpt-4.1-nano', 'google/gemini-2.5-flash-lite'],
        classification: FAST,
        customer_service: FAST,
        fast_response: FAST,
        code: ['deepseek/deepseek-v4-flash', 'openai/gpt-4.1-mini', 'anthropic/claude-haiku-4-5'],
      },
      tiers: { table: 'by_words' },
      quality_floor: 6,
      output: { set: 'task' },
      cache: 'temperature_zero',
    }),
  },
  quality: {
    about: 'the best model for each task, whatever it costs',
    policy: policyDocument.parse({
      name: 'quality',
      strategy: 'quality_first',
      default: ['anthropic/claude-opus-4-8', 'openai/gpt-5.5', 'google/gemini-3.1-pro-preview'],
      tasks: {
        document_summary: ['anthropic/claude-opus-4-6', 'openai/gpt-5.5'],
        code: ['openai/gpt-5.5', 'anthropic/claude-opus-4-8'],
        translation: ['google/gemini-2.5-pro', 'openai/gpt-5.5'],
        multimodal: ['google/gemini-3.1-pro-preview', 'openai/gpt-5.5'],
      },
      chains: { 'anthropic/claude-opus-4-8': QUALITY_CHAIN },
      max_candidates: 6,
    }),
  },
  balanced: {
    about: 'quality .5, cost .3, latency .2 over a model per task, smaller models where a request needs no more',
    policy: policyDocument.parse({
      name: 'balanced',
      strategy: 'balanced',
      default: [
        'openai/gpt-4o',
        'anthropic/claude-sonnet-4-5',
        'openai/gpt-4.1-mini',
        'google/gemini-3-flash-preview',
        'deepseek/deepseek-v4-flash',
      ],
      tasks: {
        code: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-5'],
        summarization: ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o-mini'],
        extraction: ['groq/llama-3.3-70b-versatile', 'openai/gpt-4o-mini'],
        translation: ['openai/gpt-4o', 'google/gemini-3-flash-preview'],
        structured_data: ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o'],
      },
      tiers: { enough: { simple: 6, standard: 7.5 } },
      chains: { 'openai/gpt-4o': BALANCED_CHAIN },
    }),
  },
};
