/** What the mesh knows of a vendor before it has spoken to one. Data only: adapters read it, nothing here acts. */

export const VENDOR_IDS = [
  'openai',
  'anthropic',
  'google',
  'vertex',
  'bedrock',
  'cohere',
  'azure',
  'mistral',
  'groq',
  'xai',
  'deepseek',
  'qwen',
  'zhipu',
  'doubao',
  'moonshot',
  'minimax',
  'together',
  'fireworks',
  'openrouter',
  'perplexity',
  'cerebras',
  'ollama',
  'vllm',
  'custom',
] as const;

export type VendorId = (typeof VENDOR_IDS)[number];

/** Which adapter speaks a vendor's dialect; null where the vendor is known and no adapter is built yet. */
export type VendorAdapterName =
  'openai' | 'anthropic' | 'google' | 'vertex' | 'bedrock' | 'cohere' | 'openai-compatible';

/**
 * What becomes of a field of OpenAI's that a vendor has not: `left out` (concerns nobody but the one who asked), `noticed`
 * (a wish; left out and said so), `refused` (the answer would be another without it).
 */
export type LackRule = 'left out' | 'noticed' | 'refused';

/** Where OpenAI-shaped vendors differ from OpenAI. Paths are dotted, from the answer or chunk. */
export interface VendorQuirks {
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** null: the vendor has no seed. */
  readonly seedField: 'seed' | 'random_seed' | null;
  /** Whether `stream_options.include_usage` is understood; where it is not, it must not be sent. */
  readonly supportsStreamUsageOption: boolean;
  /** Where usage stands in a streamed chunk, in order of trust. */
  readonly streamUsagePaths: readonly string[];
  /** `final`: in one chunk at the end. `running`: in each chunk, the last one counts. */
  readonly streamUsage: 'final' | 'running';
  /** Where cached input tokens stand in `usage`, in order of trust. */
  readonly cacheHitFields: readonly string[];
  /** Whether `completion_tokens` already holds reasoning tokens; false: they come on top. */
  readonly completionIncludesReasoning: boolean;
  /** The field of message or delta with reasoning text; null where there is none, or it is not text. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Whether a stream ends with `data: [DONE]`. A finish reason without it is an end in any case. */
  readonly doneMarker: boolean;
  /** Whether the key goes as a bearer token or in a header of its own. */
  readonly keyHeader: 'authorization' | 'api-key';
  /** The header with the vendor's id of the request. */
  readonly requestIdHeader: string;
  /** Fields of OpenAI's that the vendor has not, and what becomes of them. A field not named here goes on as sent. */
  readonly lacks: Readonly<Record<string, LackRule>>;
  /**
   * Fields of other dialects that the vendor takes: `top_k`, or with the place they stand in: `message.reasoning_content`,
   * `part.cache_control`, `tool.cache_control`, `call.extra_content`. `*`: whatever is sent.
   */
  readonly takes: readonly string[];
  /** Types of content parts the vendor reads; null: whatever is sent. */
  readonly parts: readonly string[] | null;
  /** Whether results of tools may hold pictures; where not, they follow in a turn of the user's. */
  readonly toolMedia: boolean;
  /** How an answer by a schema is asked for: by the schema itself, as some JSON with the schema in words, or in words alone. */
  readonly schemas: 'json_schema' | 'json_object' | 'words';
  /** Whether a tool can be demanded: any or one by name, any only, or none. */
  readonly toolDemand: 'any or named' | 'any' | 'none';
  /** Whether the vendor can be told to call one tool at a time; where not, only its first call is passed on. */
  readonly singleCalls: boolean;
  /**
   * Whether it serves OpenAI's Responses beside chat completions, for models that have nothing else; and whether with tools
   * that it runs itself, which only they have.
   */
  readonly responses: 'none' | 'functions' | 'own tools';
  /** Tokens of this vendor per o200k token, for admission and budget before a call; never for billing. */
  readonly tokenFactor: number;
}

export interface Vendor {
  readonly id: VendorId;
  readonly adapter: VendorAdapterName | null;
  /** `maker` serves its own models, `host` serves models of others: a bare name leads to its maker first. */
  readonly role: 'maker' | 'host';
  /** What the vendor's own SDK takes as base; null where only the operator can know it. */
  readonly defaultBaseUrl: string | null;
  readonly baseUrlVariable: string;
  /** Where each region has an address of its own: the variable that names the region, and the URL it stands in. */
  readonly regional: { readonly variable: string; readonly baseUrl: string } | null;
  /** The variable without which the vendor is not live; null where it needs no key (its base URL makes it live). */
  readonly keyVariable: string | null;
  /** A key that is sent when it is set and not missed when it is not. */
  readonly optionalKeyVariable: string | null;
  /** OpenTelemetry `gen_ai.provider.name`; our id where the registry has no value. */
  readonly genAiProviderName: string;
  /** Whether the row was checked against recorded traffic. */
  readonly verified: boolean;
  readonly quirks: VendorQuirks;
}
