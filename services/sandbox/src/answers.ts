// The answer to an ask: a pure function of (vendor, model, conversation, seed, choice). Text fits the kind of prompt; nothing is random.
import { arithmeticIn, writeNumber } from './arithmetic.js';
import type { Answer, AnswerEnd, Ask, ToolCall } from './ask.js';
import { coordinationValue } from './coordination.js';
import { drawBetween, drawFrom, hashText, pick, type Draw } from './hash.js';
import {
  closingSentence,
  CODE_LANGUAGES,
  codeIn,
  listAbout,
  sentencesAbout,
  SPOKEN_LANGUAGES,
  thoughtsAbout,
  translationInto,
} from './prose.js';
import { instructedAnswer } from './instructed-answers.js';
import { answersToMany, requestsIn, type ItemsFault } from './many-requests.js';
import { valueForSchema } from './schema-values.js';
import { taskNamed } from './name-task.js';
import { countTokens, firstTokens } from './token-count.js';
import { namesIn, numbersIn, toolCallsFor } from './tool-calls.js';

/** How the knobs bend an answer: forced length in tokens, or no content at all. */
export interface AnswerBend {
  tokens?: number;
  isEmpty?: boolean;
  /** How many checks of a work are not passed before one is. */
  rejects?: number;
  /** What is wrong with the answer to several requests at once. */
  items?: ItemsFault;
}

const FEWEST_TOKENS = 40;
const MOST_TOKENS = 200;
const TOKENS_PER_CALL = 6;
const TOPIC_WORDS = 5;
const CODE_CUE = /\b(code|function|implement|program|script|regex|algorithm|class|refactor|unit test|query)\b|```/i;
const ECHO_CUE =
  /\b(?:reply|respond|answer|say|repeat|echo)\b[^:"“\n]{0,30}\b(?:exactly|only|verbatim|after me|back|the words?|the phrase)\b[^:"“\n]{0,20}(?::\s*|\s+)["“']?([^\n"”]{1,400})/i;
const FILLER = new Set(
  'what is are the a an of in on for to and or how why when where who which can could would should do does did me my you your please about with from this that it its be was were tell write give explain describe make list i we say into'.split(
    ' ',
  ),
);
const CAPITALS: Readonly<Record<string, string>> = {
  france: 'Paris',
  germany: 'Berlin',
  spain: 'Madrid',
  italy: 'Rome',
  portugal: 'Lisbon',
  japan: 'Tokyo',
  china: 'Beijing',
  india: 'New Delhi',
  'united kingdom': 'London',
  england: 'London',
  canada: 'Ottawa',
  australia: 'Canberra',
  brazil: 'Brasília',
  egypt: 'Cairo',
  kenya: 'Nairobi',
  norway: 'Oslo',
  sweden: 'Stockholm',
  switzerland: 'Bern',
  austria: 'Vienna',
  greece: 'Athens',
  poland: 'Warsaw',
  mexico: 'Mexico City',
};

/** Answers the ask for choice number `choice` (0 for the first). */
export function answerTo(ask: Ask, choice: number, bend: AnswerBend = {}): Answer {
  if (bend.isEmpty === true) return settle(ask, '', '', []);
  const draw = drawFrom(hashText(`${ask.vendor}/${ask.model}/${ask.seed ?? ''}/${choice}`, ask.conversation));
  const thought =
    ask.thinkingTokens > 0 ? takeTokens(thoughtsAbout(topicOf(ask.prompt), draw), ask.thinkingTokens) : '';
  const calls = toolCallsFor(ask);
  if (calls.length > 0) return settle(ask, thought, '', calls);
  const text = bend.tokens === undefined ? textFor(ask, draw, bend) : exactly(ask, draw, bend.tokens);
  return settle(ask, thought, text, []);
}

/** Applies stop sequences and the token limit, which thinking counts against. */
function settle(ask: Ask, thought: string, fullText: string, fullCalls: ToolCall[]): Answer {
  const limit = ask.maxTokens ?? Infinity;
  let end: AnswerEnd = fullCalls.length > 0 ? 'tools' : 'stop';
  let text = fullText;
  const stop = earliestStop(fullText, ask.stops);
  if (stop !== undefined) {
    text = fullText.slice(0, stop.at);
    end = 'sequence';
  }
  let thoughtTokens = countTokens(thought);
  let textTokens = countTokens(text);
  let calls = fullCalls;
  let callTokens = calls.reduce(
    (sum, call) => sum + countTokens(call.name + JSON.stringify(call.args)) + TOKENS_PER_CALL,
    0,
  );
  if (thoughtTokens + textTokens + callTokens > limit) {
    end = 'length';
    thoughtTokens = Math.min(thoughtTokens, limit);
    textTokens = Math.min(textTokens, limit - thoughtTokens);
    text = firstTokens(text, textTokens);
    calls = [];
    callTokens = 0;
  }
  const keptThought = firstTokens(thought, thoughtTokens);
  return {
    thought: keptThought,
    thoughtTokens,
    text,
    textTokens,
    calls,
    callTokens,
    end,
    sequence: end === 'sequence' ? stop?.sequence : undefined,
  };
}

function earliestStop(text: string, stops: string[]): { at: number; sequence: string } | undefined {
  return stops
    .filter((sequence) => sequence !== '')
    .map((sequence) => ({ at: text.indexOf(sequence), sequence }))
    .filter((found) => found.at >= 0)
    .sort((a, b) => a.at - b.at)[0];
}

function textFor(ask: Ask, draw: Draw, bend: AnswerBend): string {
  if (ask.form.kind !== 'text') return structuredText(ask, draw, bend);
  if (ask.toolResult !== undefined) return answerFromTool(ask.toolResult, draw);
  return (
    taskNamed(ask.prompt) ??
    instructedAnswer(ask.instructions, ask.prompt) ??
    shortAnswer(ask.prompt, draw) ??
    longAnswer(ask.prompt, draw)
  );
}

function structuredText(ask: Ask, draw: Draw, { rejects = 0, items }: AnswerBend): string {
  const many = ask.form.kind === 'schema' ? requestsIn(ask.form.schema, ask.prompt) : undefined;
  if (many !== undefined) {
    // Each as if it had come alone.
    const alone = (prompt: string): Ask => ({ ...ask, prompt, form: { kind: 'text' }, conversation: hashText(prompt) });
    return answersToMany(many, (prompt) => textFor(alone(prompt), drawFrom(hashText(prompt)), {}), items);
  }
  const sum = arithmeticIn(ask.prompt);
  const hints = {
    sentence: firstTokens(pick(draw, ['', 'Briefly: ']) + `a short note on ${topicOf(ask.prompt)}`, 24),
    numbers: sum === undefined ? numbersIn(ask.prompt) : [sum.value],
    names: namesIn(ask.prompt),
    prompt: ask.prompt,
  };
  if (ask.form.kind === 'schema') {
    const coordinated = coordinationValue(ask.form.schema, ask.prompt, draw, { rejects });
    return JSON.stringify(coordinated ?? valueForSchema(ask.form.schema, draw, hints));
  }
  const keys = [...ask.prompt.matchAll(/[`"“]([A-Za-z_]\w{0,40})[`"”]/g)].map((match) => match[1] ?? '').slice(0, 8);
  const answer = sum === undefined ? hints.sentence : sum.value;
  return JSON.stringify(Object.fromEntries((keys.length > 0 ? keys : ['answer']).map((key) => [key, answer])));
}

function answerFromTool(result: string, draw: Draw): string {
  const shown = firstTokens(result.replace(/\s+/g, ' ').trim(), 80);
  return `${pick(draw, ['Based on the result', 'According to the tool', 'Here is what I found'])}: ${shown}. ${closingSentence(draw)}`;
}

/** Prompts whose right answer is short: a sum, an echo, a capital, a label, a translation. */
function shortAnswer(prompt: string, draw: Draw): string | undefined {
  const sum = arithmeticIn(prompt);
  if (sum !== undefined) {
    const value = writeNumber(sum.value);
    return pick(draw, [value, `The answer is ${value}.`, `${sum.expression} = ${value}`, `**${value}**`]);
  }
  const echo = ECHO_CUE.exec(prompt)?.[1];
  if (echo !== undefined && prompt.length < 500) return echo.trim();
  const country = /capital (?:city )?of (?:the )?([A-Za-z ]+?)\s*[?.!]?\s*$/i.exec(prompt)?.[1];
  const capital = country === undefined ? undefined : CAPITALS[country.toLowerCase()];
  if (capital !== undefined)
    return pick(draw, [`The capital of ${country} is ${capital}.`, `${capital}.`, `It is **${capital}**.`]);
  if (/\bsentiment\b|情感/i.test(prompt)) return pick(draw, ['Positive', 'Negative', 'Neutral']);
  const target = /\btranslat\w*\b[\s\S]{0,80}?\b(?:in)?to\s+(?:simplified |traditional )?(\w+)/i
    .exec(prompt)?.[1]
    ?.toLowerCase();
  if (target !== undefined && SPOKEN_LANGUAGES.includes(target))
    return translationInto(target, countTokens(prompt), draw);
  return undefined;
}

function longAnswer(prompt: string, draw: Draw): string {
  const topic = topicOf(prompt);
  const language = CODE_LANGUAGES.find((name) => new RegExp(`\\b${name}\\b`, 'i').test(prompt));
  if (language !== undefined || CODE_CUE.test(prompt)) return codeIn(language ?? 'python', functionName(prompt), draw);
  const wanted = /\b(?:list|give|name|suggest|top)\b[^.\d]{0,30}\b(\d{1,2}|two|three|four|five|six|seven|ten)\b/i.exec(
    prompt,
  )?.[1];
  if (wanted !== undefined) return listAbout(topic, countOf(wanted), draw);
  const length = drawBetween(draw, FEWEST_TOKENS, MOST_TOKENS - 30);
  const text = takeSentences(sentencesAbout(topic, draw, isChinese(prompt)), length);
  return isChinese(prompt) ? text : `${text} ${closingSentence(draw)}`;
}

function exactly(ask: Ask, draw: Draw, tokens: number): string {
  return takeTokens(sentencesAbout(topicOf(ask.prompt), draw, isChinese(ask.prompt)), tokens);
}

function takeSentences(sentences: Iterable<string>, leastTokens: number): string {
  let text = '';
  let tokens = 0;
  for (const sentence of sentences) {
    const next = text === '' || text.endsWith('。') ? sentence : ` ${sentence}`;
    text += next;
    tokens += countTokens(next);
    if (tokens >= leastTokens) return text;
  }
  return text;
}

function takeTokens(sentences: Iterable<string>, tokens: number): string {
  return tokens <= 0 ? '' : firstTokens(takeSentences(sentences, tokens), tokens);
}

function isChinese(prompt: string): boolean {
  return /[\u4e00-\u9fff]{2}/.test(prompt.slice(0, 2000));
}

/** What the prompt is about: its first content word and the few words after it. */
function topicOf(prompt: string): string {
  const head = prompt.slice(0, 400);
  if (isChinese(head)) {
    const named = /[\u4e00-\u9fff]{2,12}/.exec(head.replace(/请|介绍一下|解释一下|什么是|谈谈|告诉我/g, ' '))?.[0];
    return named ?? '这个问题';
  }
  const words = head.match(/[\p{L}][\p{L}'-]*/gu) ?? [];
  const isContent = (word: string): boolean => !FILLER.has(word.toLowerCase());
  const first = words.findIndex(isContent);
  if (first < 0) return 'this';
  const phrase = words.slice(first, first + TOPIC_WORDS);
  return phrase.slice(0, phrase.findLastIndex(isContent) + 1).join(' ');
}

function functionName(prompt: string): string {
  const words = topicOf(prompt)
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '' && !CODE_LANGUAGES.includes(word) && word !== 'function');
  return words.slice(0, 3).join('_') || 'solve';
}

function countOf(word: string): number {
  const named: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, ten: 10 };
  return Math.min(20, Math.max(1, named[word.toLowerCase()] ?? Number(word)));
}
