/** Rules and structure → the best guess at a task, and how far it stands before the next one. */
import type { Task } from '@skein/contracts/gateway';
import { taskRules, type WordedTask } from './task-rules.js';
import { readStructure, type Structure } from './structure.js';

export interface TaskGuess {
  readonly task: Task;
  /** 0–1, rough: how far the first stands before the second. */
  readonly confidence: number;
}

/** Characters of each end that are read for words: instructions stand first or last. */
const EDGE = 700;
/** Characters of each end whose structure is counted. */
const STRUCTURE_EDGE = 4_000;

/** The system prompt sets the scene; what is asked now weighs more. */
const INSTRUCTION_SHARE = 0.5;

const ends = (text: string, edge: number): string =>
  text.length <= 2 * edge ? text : `${text.slice(0, edge)}\n${text.slice(-edge)}`;

type Scores = Record<WordedTask, number>;

/** Guesses what is asked for. `ask` is the last user message, `instructions` the system prompt. */
export function guessTask(ask: string, instructions: string): TaskGuess {
  const scores: Scores = {
    code: 0,
    math_reasoning: 0,
    translation: 0,
    summarization: 0,
    extraction: 0,
    classification: 0,
    rewriting: 0,
    writing: 0,
    qa: 0,
    analysis: 0,
  };
  addWords(scores, ends(ask, EDGE), 1);
  if (instructions !== '') addWords(scores, ends(instructions, EDGE), INSTRUCTION_SHARE);
  addStructure(scores, readStructure(ends(ask, STRUCTURE_EDGE)));
  return leader(scores);
}

/** A phrase in the first line or at the very end is an instruction; elsewhere it may be part of the material. */
function placeFactor(index: number, length: number, text: string): number {
  if (length <= 200) return 1;
  if (index < 40 || index > length - 120) return 1.4;
  if (index < 120 || index > length - 240) return 1.1;
  return text.lastIndexOf('\n\n', index) >= length - 300 ? 1 : 0.5;
}

function addWords(scores: Scores, text: string, share: number): void {
  for (const { task, weight, pattern } of taskRules) {
    const match = pattern.exec(text);
    if (match !== null) scores[task] += weight * share * placeFactor(match.index, text.length, text);
  }
}

function addStructure(scores: Scores, structure: Structure): void {
  const { length, codeFences, codeShare, numbers, operators, lines } = structure;
  if (codeFences > 0) scores.code += 3;
  if (codeShare > 0.06 && length > 60 && lines > 2) scores.code += 3;
  if (length < 1_200 && numbers >= 2) scores.math_reasoning += Math.min(2, numbers * 0.4);
  if (length < 600 && operators >= 2 && codeFences === 0) scores.math_reasoning += 2;
}

const PRIOR = 1.5;

function leader(scores: Scores): TaskGuess {
  let task: WordedTask = 'qa';
  let first = 0;
  let second = 0;
  for (const [name, score] of Object.entries(scores) as [WordedTask, number][]) {
    if (score > first) [task, second, first] = [name, first, score];
    else if (score > second) second = score;
  }
  return { task, confidence: Math.min(1, Math.max(0, first / (first + second + PRIOR))) };
}
