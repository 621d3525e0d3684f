import { describe, expect, it } from '@jest/globals';
import { catalog } from './default-catalog.js';
import type { VendorId } from './vendor.js';

/** Pairs of asked and served as recordings show them. */
describe('the model served', () => {
  it.each<[VendorId, string, string | null]>([
    ['openai', 'gpt-4o', 'gpt-4o-2024-08-06'],
    ['openai', 'gpt-4o', 'gpt-4o'],
    ['openai', 'gpt-4o-2024-08-06', 'gpt-4o-2024-08-06'],
    ['openai', 'gpt-5-nano', 'gpt-5-nano-2025-08-07'],
    ['openai', 'gpt-99', 'gpt-99-2027-01-01'],
    ['anthropic', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-3-5-haiku-latest', 'claude-3-5-haiku-20241022'],
    ['google', 'gemini-2.5-flash', 'models/gemini-2.5-flash'],
    ['google', 'gemini-flash-latest', 'gemini-3.6-flash'],
    ['deepseek', 'deepseek-chat', 'deepseek-v4-flash'],
    ['cerebras', 'llama3.3-70b', 'llama-3.3-70b'],
    ['openrouter', 'anthropic/claude-haiku-4.5', 'anthropic/claude-4.5-haiku-20251001'],
    ['mistral', 'mistral-small-2603', 'mistral-small-2603'],
    ['bedrock', 'amazon.nova-lite-v1:0', null],
    ['azure', 'our-own-deployment', 'gpt-4.1-mini-2025-04-14'],
  ])('%s: %s answered by %s is the one asked for', (vendor, asked, served) => {
    expect(catalog.hasDrifted(vendor, asked, served)).toBe(false);
  });

  it.each<[VendorId, string, string]>([
    ['xai', 'grok-3-mini', 'grok-4.3'],
    ['xai', 'grok-4-0709', 'grok-4.3'],
    ['mistral', 'pixtral-12b', 'ministral-14b-latest'],
    ['openai', 'gpt-4o', 'gpt-4o-2024-11-20'],
    ['openai', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'],
    ['openai', 'gpt-4o', 'gpt-4o-mini-2024-07-18'],
    ['openai', 'gpt-5', 'gpt-5.1-2025-11-13'],
    ['google', 'gemini-flash-latest', 'gemini-4-flash'],
    ['anthropic', 'claude-sonnet-4-5', 'claude-sonnet-4-6'],
  ])('%s: %s answered by %s has drifted', (vendor, asked, served) => {
    expect(catalog.hasDrifted(vendor, asked, served)).toBe(true);
  });
});
