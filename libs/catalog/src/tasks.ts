/** Task names: the catalogue's own, what callers call them, and how long an answer is expected to be. */

export const CATALOG_TASKS = [
  'code',
  'math_reasoning',
  'translation',
  'summarization',
  'extraction',
  'classification',
  'rewriting',
  'writing',
  'qa',
  'analysis',
  'multimodal',
] as const;

export type CatalogTask = (typeof CATALOG_TASKS)[number];

/** Output tokens of a typical answer, reasoning not counted. Starting values: what is learned per task replaces them. */
const expectedOutput: Record<CatalogTask, number> = {
  code: 700,
  math_reasoning: 900,
  translation: 400,
  summarization: 250,
  extraction: 200,
  classification: 30,
  rewriting: 350,
  writing: 900,
  qa: 300,
  analysis: 800,
  multimodal: 350,
};

const OUTPUT_OF_UNKNOWN_TASK = 400;

/** Other names that callers may use. */
const synonyms: Record<string, CatalogTask> = {
  text: 'qa',
  coding: 'code',
  code_generation: 'code',
  reasoning: 'math_reasoning',
  deep_reasoning: 'math_reasoning',
  math: 'math_reasoning',
  document_summary: 'summarization',
  structured_extraction: 'extraction',
  structured_data: 'extraction',
  document_analysis: 'analysis',
  long_context: 'analysis',
  creative: 'writing',
  conversation: 'qa',
  customer_service: 'qa',
  fast_response: 'qa',
};

const known = new Map<string, CatalogTask>([
  ...CATALOG_TASKS.map((task) => [task, task] as const),
  ...Object.entries(synonyms),
]);

/** The catalogue's task for a caller's name of one; null where it knows none. */
export function catalogTask(name: string): CatalogTask | null {
  return known.get(name) ?? null;
}

/** Tokens to expect in an answer to a task, for estimates before a call. */
export function expectedOutputTokens(task: string): number {
  const canonical = catalogTask(task);
  return canonical ? expectedOutput[canonical] : OUTPUT_OF_UNKNOWN_TASK;
}
