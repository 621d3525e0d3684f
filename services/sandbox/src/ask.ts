import type { JsonObject } from './json.js';

/** A tool the caller offers, whatever its vendor calls it. */
export interface ToolOffer {
  name: string;
  description: string;
  schema: JsonObject;
}

export type ToolUse = { rule: 'none' | 'auto' | 'any' } | { rule: 'named'; name: string };

export type AnswerForm = { kind: 'text' } | { kind: 'json' } | { kind: 'schema'; schema: JsonObject };

/** What a wire has read out of a vendor request: all that an answer depends on. */
export interface Ask {
  vendor: string;
  model: string;
  /** Text of the last user turn, without knob directives. */
  prompt: string;
  /** What the vendor's caller asked of every answer: the system's text; empty where there is none. */
  instructions: string;
  /** Hash of the whole conversation, so that the same prompt in another context gets another answer. */
  conversation: number;
  /** Text of the tool results that end the conversation; undefined when a user turn ends it. */
  toolResult: string | undefined;
  tools: ToolOffer[];
  toolUse: ToolUse;
  isParallelToolUseAllowed: boolean;
  form: AnswerForm;
  stops: string[];
  maxTokens: number | undefined;
  seed: number | undefined;
  /** Tokens the model is to think before it answers; 0 for a model that does not. */
  thinkingTokens: number;
  /** Input tokens in all, cached ones included. */
  inputTokens: number;
  cachedTokens: number;
  /** Input tokens written to the vendor's prompt cache, by lifetime. */
  cacheWrites: { fiveMinutes: number; oneHour: number };
}

export interface ToolCall {
  name: string;
  args: JsonObject;
}

/** Why an answer ended, in the sandbox's words; each wire has its own. */
export type AnswerEnd = 'stop' | 'sequence' | 'length' | 'tools';

export interface Answer {
  thought: string;
  thoughtTokens: number;
  text: string;
  textTokens: number;
  calls: ToolCall[];
  callTokens: number;
  end: AnswerEnd;
  /** The stop sequence that ended the text. */
  sequence: string | undefined;
}

/** All tokens the model produced: thought, text and calls. */
export function outputTokens(answer: Answer): number {
  return answer.thoughtTokens + answer.textTokens + answer.callTokens;
}
