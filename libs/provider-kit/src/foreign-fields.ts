/**
 * Fields that belong to some dialects and not to others, by the place they stand in. What is named here goes only to
 * vendors whose row in the catalogue takes it, and is left out with a notice elsewhere; what nobody knows goes on as sent.
 */
import type { VendorQuirks } from '@skein/catalog';

export type Place = 'body' | 'message' | 'part' | 'tool' | 'call';

const foreign: Readonly<Record<Place, ReadonlySet<string>>> = {
  body: new Set([
    // Anthropic's
    'thinking',
    'betas',
    'context_management',
    'output_config',
    'container',
    'mcp_servers',
    'inference_geo',
    'speed',
    'cache_control',
    'system',
    // Gemini's
    'generationConfig',
    'safetySettings',
    'cachedContent',
    'systemInstruction',
    'toolConfig',
    // Cohere's
    'documents',
    'safety_mode',
    'citation_options',
    'strict_tools',
    'k',
    // Bedrock's
    'additionalModelRequestFields',
    'additionalModelResponseFieldPaths',
    'guardrailConfig',
    'inferenceConfig',
    'outputConfig',
    'performanceConfig',
    'promptVariables',
    'requestMetadata',
    'serviceTier',
    // of those that serve open models
    'top_k',
    'top_a',
    'min_p',
    'repetition_penalty',
    'enable_thinking',
    'thinking_budget',
    'reasoning',
    'reasoning_format',
    'reasoning_split',
    'include_reasoning',
    'think',
    'safe_prompt',
    'prompt_mode',
    'provider',
    'models',
    'route',
    'plugins',
    'transforms',
    // of OpenAI's Responses
    'responses',
  ]),
  message: new Set([
    'cache_control',
    'thinking_blocks',
    'is_error',
    'reasoning_content',
    'reasoning',
    'reasoning_details',
    'citations',
    'vendor_blocks',
    'response_items',
    'block_order',
    'phase',
    'extra_content',
    'images',
    'prefix',
    'partial',
  ]),
  part: new Set(['cache_control', 'citations']),
  tool: new Set([
    'cache_control',
    'eager_input_streaming',
    'defer_loading',
    'allowed_callers',
    'input_examples',
    'extra_content',
  ]),
  call: new Set(['cache_control', 'caller', 'extra_content']),
};

/** Is it a field of some other dialect, which this vendor does not take? */
export function isForeign(place: Place, field: string, { takes }: Pick<VendorQuirks, 'takes'>): boolean {
  if (!foreign[place].has(field) || takes.includes('*')) return false;
  return !takes.includes(place === 'body' ? field : `${place}.${field}`);
}

/** Values that say nothing, so that nothing is lost with them. */
export function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}

const placeWords: Readonly<Record<Place, string>> = {
  body: '',
  message: ' in messages',
  part: ' in parts of messages',
  tool: ' in tools',
  call: ' in calls of tools',
};

/** What only says how the rest of a message is told: nobody misses it. */
const unheard = new Set(['block_order', 'phase']);

/** Gathers what was left out, and says each thing once, however often it stood there. */
export class LeftOut {
  readonly #said = new Set<string>();

  constructor(private readonly vendor: string) {}

  field(place: Place, field: string): void {
    if (unheard.has(field)) return;
    this.#said.add(`${this.vendor} has no ${field}${placeWords[place]}; it was left out`);
  }

  /** A whole sentence. */
  say(notice: string): void {
    this.#said.add(notice);
  }

  get notices(): string[] {
    return [...this.#said];
  }
}
