/**
 * What the task model sees of a prompt: which rules hit and where, signs of structure, hashed n-grams. Sparse: places and
 * values. The order of the blocks is part of the weights' format; a change means training anew.
 */
import { BUCKETS, MOST_HITS, NgramHits } from './hash-ngrams.js';
import { PiecesSeen } from './pieces-seen.js';
import { requiredText } from './required-text.js';
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
const patterns = taskRules.map(({ pattern }) => pattern);
/** Most rules have nothing to look for in most texts; without a part the rule must be tried on any. */
const requiredTexts = patterns.map(({ source }) => requiredText(source));
const piecesSeen = new PiecesSeen(requiredTexts.flat());
/** By rule, the first of its groups of pieces, and at the end how many there are. */
const groupsFrom = requiredTexts.reduce((from, parts) => [...from, (from.at(-1) ?? 0) + parts.length], [0]);
const ruleWeights = Float64Array.from(taskRules, ({ weight }) => weight);

/** Made once and filled anew for each prompt: nothing here waits, so that no two are read at a time. */
const hits = new Float32Array(taskRules.length);
const sums = new Float32Array(wordedTasks.length);
const places = new Uint32Array(NGRAMS_AT + 2 * MOST_HITS);
const values = new Float32Array(NGRAMS_AT + 2 * MOST_HITS);
let count = 0;
const taskNumbers = taskRules.map(({ task }) => wordedTasks.indexOf(task));

const ends = (text: string, edge: number): string =>
  text.length <= 2 * edge ? text : `${text.slice(0, edge)}\n${text.slice(-edge)}`;

/** Reads a prompt into features that stay. Work is bounded: only the ends of long texts are looked at. */
export function readTaskFeatures(asked: Asked): SparseFeatures {
  const { count } = seeTaskFeatures(asked);
  return { places: places.slice(0, count), values: values.slice(0, count), count };
}

/** The same, good until the next prompt is read: they are where every prompt's are. */
export function seeTaskFeatures({ ask, instructions }: Asked): SparseFeatures {
  count = 0;
  hits.fill(0);
  matchRules(hits, ends(ask, RULE_EDGE), 1);
  if (instructions !== '') matchRules(hits, ends(instructions, RULE_EDGE), INSTRUCTION_SHARE);
  sums.fill(0);
  for (let place = 0; place < hits.length; place += 1) {
    const hit = hits[place] ?? 0;
    if (hit === 0) continue;
    put(RULES_AT + place, hit);
    const task = taskNumbers[place] ?? 0;
    sums[task] = (sums[task] ?? 0) + hit * (ruleWeights[place] ?? 0);
  }
  for (let task = 0; task < sums.length; task += 1) put(SUMS_AT + task, Math.min(sums[task] ?? 0, 10) / 4);
  const signs = signsOf(ask);
  for (let place = 0; place < signs.length; place += 1) put(SIGNS_AT + place, signs[place] ?? 0);

  put(ALWAYS_AT, 1);

  putNgrams(ends(ask, EDGE), 1);
  if (instructions !== '') putNgrams(ends(instructions, EDGE), INSTRUCTION_SHARE);
  return { places, values, count };
}

function put(place: number, value: number): void {
  if (value === 0) return;
  places[count] = place;
  values[count] = value;
  count += 1;
}

/** A phrase in the first line or at the very end is an instruction; elsewhere it may be part of the material. */
function placeFactor(index: number, text: string): number {
  const { length } = text;
  if (length <= 200 || index < 40 || index > length - 120) return 1;
  if (index < 120 || index > length - 240) return 0.8;
  return text.lastIndexOf('\n\n', index) >= length - 300 ? 0.7 : 0.35;
}

function matchRules(hits: Float32Array, text: string, share: number): void {
  piecesSeen.read(text.toLowerCase());
  for (let place = 0; place < patterns.length; place += 1) {
    if (!hasAll(place)) continue;
    const match = patterns[place]?.exec(text);
    if (match) hits[place] = Math.max(hits[place] ?? 0, share * placeFactor(match.index, text));
  }
}

/** Has the text that was read last all that a rule asks for? */
function hasAll(rule: number): boolean {
  const end = groupsFrom[rule + 1] ?? 0;
  for (let group = groupsFrom[rule] ?? 0; group < end; group += 1) if (!piecesSeen.has(group)) return false;
  return true;
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
function putNgrams(text: string, share: number): void {
  ngrams.read(text);
  const value = share / Math.sqrt(ngrams.count);
  for (let place = 0; place < ngrams.count; place += 1) put(NGRAMS_AT + ngrams.at(place), value);
}
