/**
 * What the task model sees of a prompt: which rules hit and where, signs of structure, hashed n-grams. Sparse: places and
 * values. The order of the blocks is part of the weights' format; a change means training anew.
 */
import { BUCKETS, NgramHits } from './hash-ngrams.js';
import { readStructure } from './structure.js';
import { taskRules, wordedTasks } from './task-rules.js';

/** Characters of each end that are read for words: instructions stand first or last. */
const EDGE = 240;
const RULE_EDGE = 700;
/** Characters of each end whose structure is counted. */
const STRUCTURE_EDGE = 4_000;
/** The system prompt sets the scene; what is asked now weighs more. */
const INSTRUCTION_SHARE = 0.7;

const SIGNS = 12;
const RULES_AT = 0;
/** Where each task's rules are summed up, in the order of `wordedTasks`. */
export const SUMS_AT = RULES_AT + taskRules.length;
const SIGNS_AT = SUMS_AT + wordedTasks.length;
const ALWAYS_AT = SIGNS_AT + SIGNS;
/** Where the hashed n-grams begin. */
export const NGRAMS_AT = ALWAYS_AT + 1;
export const FEATURES = NGRAMS_AT + BUCKETS;

export interface Asked {
  /** What is asked now. */
  readonly ask: string;
  /** The system prompt. */
  readonly instructions: string;
}

export interface SparseFeatures {
  readonly places: Uint32Array;
  readonly values: Float32Array;
  readonly count: number;
}

const ngrams = new NgramHits();
const taskNumbers = taskRules.map(({ task }) => wordedTasks.indexOf(task));

const ends = (text: string, edge: number): string =>
  text.length <= 2 * edge ? text : `${text.slice(0, edge)}\n${text.slice(-edge)}`;

/** Reads a prompt into features. Work is bounded: only the ends of long texts are looked at. */
export function readTaskFeatures({ ask, instructions }: Asked): SparseFeatures {
  const places: number[] = [];
  const values: number[] = [];
  const put = (place: number, value: number): void => {
    if (value === 0) return;
    places.push(place);
    values.push(value);
  };

  const hits = new Float32Array(taskRules.length);
  matchRules(hits, ends(ask, RULE_EDGE), 1);
  if (instructions !== '') matchRules(hits, ends(instructions, RULE_EDGE), INSTRUCTION_SHARE);
  const sums = new Float32Array(wordedTasks.length);
  for (const [place, hit] of hits.entries()) {
    put(RULES_AT + place, hit);
    const task = taskNumbers[place] ?? 0;
    sums[task] = (sums[task] ?? 0) + hit * (taskRules[place]?.weight ?? 0);
  }
  for (const [task, sum] of sums.entries()) put(SUMS_AT + task, Math.min(sum, 10) / 4);
  for (const [place, sign] of signsOf(ask).entries()) put(SIGNS_AT + place, sign);

  put(ALWAYS_AT, 1);

  putNgrams(put, ends(ask, EDGE), 1);
  if (instructions !== '') putNgrams(put, ends(instructions, EDGE), INSTRUCTION_SHARE);
  return { places: Uint32Array.from(places), values: Float32Array.from(values), count: places.length };
}

/** A phrase in the first line or at the very end is an instruction; elsewhere it may be part of the material. */
function placeFactor(index: number, text: string): number {
  const { length } = text;
  if (length <= 200 || index < 40 || index > length - 120) return 1;
  if (index < 120 || index > length - 240) return 0.8;
  return text.lastIndexOf('\n\n', index) >= length - 300 ? 0.7 : 0.35;
}

function matchRules(hits: Float32Array, text: string, share: number): void {
  for (const [place, { pattern }] of taskRules.entries()) {
    const match = pattern.exec(text);
    if (match !== null) hits[place] = Math.max(hits[place] ?? 0, share * placeFactor(match.index, text));
  }
}

function signsOf(ask: string): readonly number[] {
  const { length, codeFences, codeShare, numbers, operators, lines, questionMarks } = readStructure(
    ends(ask, STRUCTURE_EDGE),
  );
  const yes = (does: boolean): number => (does ? 1 : 0);
  const signs: readonly number[] = [
    yes(codeFences > 0),
    yes(codeShare > 0.06 && length > 60 && lines > 2),
    Math.min(1, codeShare * 5),
    yes(length < 1_200 && numbers >= 2),
    Math.min(1, numbers / 6) * yes(length < 1_200),
    yes(length < 600 && operators >= 2 && codeFences === 0),
    yes(questionMarks > 0),
    yes(/[?？]["”’)\s]*$/.test(ask.slice(-8))),
    Math.min(1, length / 300),
    Math.min(1, Math.log2(1 + length) / 14),
    Math.min(1, lines / 8),
    yes(/[\u4e00-\u9fff]/.test(ask.slice(0, 200))),
  ];
  return signs;
}

/** The block of n-grams has length `share`, however long the text. */
function putNgrams(put: (place: number, value: number) => void, text: string, share: number): void {
  ngrams.read(text);
  const value = share / Math.sqrt(ngrams.count);
  for (let place = 0; place < ngrams.count; place += 1) put(NGRAMS_AT + ngrams.at(place), value);
}
