/** Requests that tests send. */
import type { SandboxKnobs } from './sandbox-client.js';

export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly temperature?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A chat of one question. `rest` is laid over it. */
export function chat(model: string, question: string, rest: Readonly<Record<string, unknown>> = {}): ChatBody {
  return { model, messages: [{ role: 'user', content: question }], ...rest };
}

/**
 * Words that make the sandbox misbehave for this one request, wherever the mesh sends it, or only where `vendor` and
 * `model` say. They are put into the question.
 */
export function misbehave(knobs: SandboxKnobs, where: { vendor?: string; model?: string } = {}): string {
  const all: SandboxKnobs = { ...where, ...knobs };
  const words = Object.entries(all).map(([name, value]) => (value === true ? name : `${name}=${String(value)}`));
  return `[[sandbox ${words.join(' ')}]]`;
}
