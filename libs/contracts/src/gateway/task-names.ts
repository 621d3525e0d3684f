/** The tasks a classifier tells apart. `multimodal` is decided by the parts of the request, never by its words. */
export const tasks = [
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
export type Task = (typeof tasks)[number];

/** Every task name a caller may declare, and the task it means. Policies may map the declared name itself first. */
export const declaredTasks = {
  code: 'code',
  coding: 'code',
  code_generation: 'code',
  math: 'math_reasoning',
  math_reasoning: 'math_reasoning',
  reasoning: 'math_reasoning',
  deep_reasoning: 'math_reasoning',
  translation: 'translation',
  summarization: 'summarization',
  document_summary: 'summarization',
  extraction: 'extraction',
  structured_extraction: 'extraction',
  structured_data: 'extraction',
  classification: 'classification',
  rewriting: 'rewriting',
  writing: 'writing',
  creative: 'writing',
  qa: 'qa',
  text: 'qa',
  conversation: 'qa',
  customer_service: 'qa',
  fast_response: 'qa',
  analysis: 'analysis',
  document_analysis: 'analysis',
  long_context: 'analysis',
  multimodal: 'multimodal',
} as const satisfies Record<string, Task>;

export type DeclaredTask = keyof typeof declaredTasks;
export const declaredTaskNames = Object.keys(declaredTasks) as [DeclaredTask, ...DeclaredTask[]];
