// What each vendor lists under /models. Any other name is served as well; the list is only what a catalogue reader finds.

const OPENAI_SHAPED: Readonly<Record<string, readonly string[]>> = {
  openai: [
    'gpt-5',
    'gpt-5-mini',
    'gpt-4.1',
    'gpt-4.1-mini',
    'gpt-4o',
    'gpt-4o-mini',
    'o3',
    'o4-mini',
    'text-embedding-3-small',
    'text-embedding-3-large',
  ],
  azure: ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'o4-mini', 'text-embedding-3-small'],
  groq: [
    'llama-3.3-70b-versatile',
    'llama-3.1-8b-instant',
    'openai/gpt-oss-120b',
    'openai/gpt-oss-20b',
    'qwen/qwen3-32b',
  ],
  mistral: [
    'mistral-large-latest',
    'mistral-small-latest',
    'codestral-latest',
    'magistral-medium-latest',
    'ministral-8b-latest',
    'mistral-embed',
  ],
  xai: ['grok-4', 'grok-4-fast-reasoning', 'grok-3', 'grok-3-mini'],
  deepseek: ['deepseek-chat', 'deepseek-reasoner', 'deepseek-v4-flash', 'deepseek-v4-pro'],
  qwen: ['qwen3-max', 'qwen-plus', 'qwen-turbo', 'qwq-plus', 'text-embedding-v4'],
  zhipu: ['glm-4.7', 'glm-4.6', 'glm-4.5-air', 'embedding-3'],
  doubao: ['doubao-seed-1-6-250615', 'doubao-1-5-pro-32k-250115', 'doubao-embedding-large-text-250515'],
  moonshot: ['kimi-k3', 'kimi-k2-thinking', 'moonshot-v1-128k'],
  minimax: ['MiniMax-M2', 'MiniMax-Text-01'],
  together: [
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'deepseek-ai/DeepSeek-R1',
    'Qwen/Qwen3-235B-A22B-Instruct-2507-tput',
  ],
  fireworks: ['accounts/fireworks/models/gpt-oss-20b', 'accounts/fireworks/models/llama-v3p3-70b-instruct'],
  openrouter: ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4.5', 'google/gemini-2.5-flash', 'deepseek/deepseek-r1'],
  perplexity: ['sonar', 'sonar-pro', 'sonar-reasoning-pro'],
  cerebras: ['gpt-oss-120b', 'llama-3.3-70b', 'zai-glm-4.7'],
  ollama: ['llama3.2:latest', 'qwen3:4b', 'gpt-oss:20b', 'nomic-embed-text:latest'],
  vllm: ['meta-llama/Llama-3.1-8B-Instruct'],
};

export function openaiModels(vendor: string): readonly string[] {
  return OPENAI_SHAPED[vendor] ?? [`${vendor}-large`, `${vendor}-small`];
}

export const ANTHROPIC_MODELS: ReadonlyArray<readonly [id: string, name: string]> = [
  ['claude-opus-4-7', 'Claude Opus 4.7'],
  ['claude-sonnet-4-6', 'Claude Sonnet 4.6'],
  ['claude-sonnet-4-5', 'Claude Sonnet 4.5'],
  ['claude-haiku-4-5', 'Claude Haiku 4.5'],
];

export const GOOGLE_MODELS: ReadonlyArray<readonly [id: string, name: string, methods: readonly string[]]> = [
  ['gemini-3-pro-preview', 'Gemini 3 Pro Preview', ['generateContent', 'countTokens']],
  ['gemini-2.5-pro', 'Gemini 2.5 Pro', ['generateContent', 'countTokens']],
  ['gemini-2.5-flash', 'Gemini 2.5 Flash', ['generateContent', 'countTokens']],
  ['gemini-2.0-flash', 'Gemini 2.0 Flash', ['generateContent', 'countTokens']],
  ['gemini-embedding-001', 'Gemini Embedding 001', ['embedContent', 'batchEmbedContents']],
];

export const COHERE_MODELS: readonly string[] = [
  'command-a-03-2025',
  'command-a-reasoning-08-2025',
  'command-r-plus-08-2024',
  'command-r7b-12-2024',
];
