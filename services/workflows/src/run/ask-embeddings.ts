// Vectors of texts, from an embedding model.
import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';
import { z } from 'zod';
import { tokensOf } from '../work/passages.js';
import { AskFailed, complete, type StepCall } from './complete.js';

const reply = z.looseObject({
  data: z.array(z.looseObject({ index: z.int().nonnegative(), embedding: z.array(z.number()).min(1) })),
});
const nothing = {
  onHead: () => undefined,
  onChunk: () => undefined,
  onWhole: () => undefined,
  onNotice: () => undefined,
};

/** One vector a text, in their order. Throws `AskFailed`. */
export async function askEmbeddings(
  call: StepCall,
  model: string,
  texts: readonly string[],
): Promise<{ vectors: number[][]; attempts: readonly AttemptSummary[] }> {
  const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
  const asked = { operation: 'embeddings', model, stream: false, input_tokens: tokens } as const;
  const { answer, attempts } = await complete(call, asked, { model, input: texts, encoding_format: 'float' }, nothing);
  const parsed = reply.safeParse(answer.kept?.form === 'whole' ? parse(answer.kept.bytes) : undefined);
  const vectors = parsed.data?.data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding) ?? [];
  if (vectors.length === texts.length) return { vectors, attempts };
  const error = new SkeinError('answer_invalid', `${model} gave ${vectors.length} vectors for ${texts.length} texts`);
  throw new AskFailed(error, attempts, false);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
