/** One prompt sent and measured: a `Sample`, whatever happens to it. */
import type { Answer, Door } from '../doors/answer.js';
import type { HttpMesh } from '../doors/http-mesh.js';
import { CommandFailure, describeFailure } from '../failure.js';
import { parseUsd } from '../money.js';
import type { Prompt } from '../prompts.js';
import { fetchRecord, recordTokens } from '../request-record.js';
import type { RequestReply } from '../replies.js';
import type { Sample } from './statistics.js';

const UNLABELLED = '(no task)';

export async function measurePrompt(prompt: Prompt, door: Door, mesh: HttpMesh, now: () => number): Promise<Sample> {
  const startedAt = now();
  try {
    const answer = await door.send(prompt.body);
    return answeredSample(prompt, answer, await recordIfNeeded(prompt, answer, mesh));
  } catch (cause) {
    return failedSample(prompt, now() - startedAt, describeFailure(cause));
  }
}

/** Headers of a stream leave before its cost is known, and nobody but the record knows the task of an unlabelled prompt. */
async function recordIfNeeded(prompt: Prompt, answer: Answer, mesh: HttpMesh): Promise<RequestReply | null> {
  if (answer.requestId === null) return null;
  const isSelfContained = answer.tokens !== null && answer.costUsd !== null && prompt.task !== null;
  return isSelfContained ? null : fetchRecord(mesh, answer.requestId);
}

function answeredSample(prompt: Prompt, answer: Answer, record: RequestReply | null): Sample {
  const tokens = answer.tokens ?? (record === null ? null : recordTokens(record));
  if (tokens === null) throw new CommandFailure('The answer says neither what it used nor under which id to ask');
  const cost = answer.costUsd ?? record?.cost_usd ?? null;
  const attempts = record?.attempts.length ?? answer.attempts ?? 1;
  return {
    task: prompt.task ?? record?.task ?? UNLABELLED,
    model: nameOf(answer),
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    costNano: cost === null ? null : parseUsd(cost),
    totalMs: answer.totalMs,
    firstTokenMs: answer.firstTokenMs,
    cacheHit: answer.cacheHit,
    failedOver: attempts > 1,
    failure: null,
  };
}

function failedSample(prompt: Prompt, totalMs: number, failure: string): Sample {
  return {
    task: prompt.task ?? UNLABELLED,
    model: String(prompt.body['model']),
    inputTokens: 0,
    outputTokens: 0,
    costNano: null,
    totalMs,
    firstTokenMs: null,
    cacheHit: false,
    failedOver: false,
    failure,
  };
}

function nameOf({ vendor, model }: Answer): string {
  return vendor === null ? (model ?? '(unknown)') : `${vendor}/${model ?? '(unknown)'}`;
}
