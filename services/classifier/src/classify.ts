import type { Features } from '@skein/contracts/classifier';
import { declaredTasks, type DeclaredTask } from '@skein/contracts/gateway';
import { detectLanguage } from './detect-language.js';
import { estimatePromptTokens } from './estimate-tokens.js';
import { guessTask, type TaskGuess } from './guess-task.js';
import { rateComplexity } from './rate-complexity.js';
import { readPrompt, type Prompt } from './read-prompt.js';
import { prefixOf, threadOf } from './thread.js';

/** Under this confidence the classifier abstains, unless told otherwise. */
export const DEFAULT_THRESHOLD = 0.7;

/** Characters of each end of the ask that are looked at for marks of effort. */
const EFFORT_EDGE = 4_000;

/**
 * Prompt → Features. `body` is a chat request as the customer sent it, `declaredTask` the caller's own word, which wins;
 * `threshold` (0–1) is the confidence under which the guess is marked as abstained. Tokens are estimates (o200k-like).
 * Throws `invalid_request` when the body has no messages.
 */
export function classify(
  body: unknown,
  declaredTask: DeclaredTask | null,
  threshold: number = DEFAULT_THRESHOLD,
): Features {
  const prompt = readPrompt(body);
  const { task, confidence } = decideTask(prompt, declaredTask);
  const tokens = estimatePromptTokens(prompt);
  const prefix = prefixOf(prompt.instructions, prompt.tools);
  return {
    task,
    declared: declaredTask,
    confidence,
    abstained: confidence < threshold,
    language: detectLanguage(prompt.ask),
    tokens,
    turns: prompt.turns,
    complexity: rateComplexity({
      task,
      declared: declaredTask,
      tokens,
      turns: prompt.turns,
      ask: endsOf(prompt.ask),
      tools: prompt.needs.includes('tools'),
    }),
    needs: [...prompt.needs],
    thread: threadOf(prompt.instructions, prompt.opening),
    ...(prefix !== undefined && { prefix }),
  };
}

/** The caller's word, then what the parts of the request show, then what its words suggest. */
function decideTask(prompt: Prompt, declared: DeclaredTask | null): TaskGuess {
  if (declared !== null) return { task: declaredTasks[declared], confidence: 1 };
  const seesOrHears = prompt.needs.some((need) => need === 'vision' || need === 'audio' || need === 'documents');
  if (seesOrHears) return { task: 'multimodal', confidence: 1 };
  return guessTask(prompt);
}

function endsOf(text: string): string {
  return text.length <= 2 * EFFORT_EDGE ? text : `${text.slice(0, EFFORT_EDGE)}\n${text.slice(-EFFORT_EDGE)}`;
}
