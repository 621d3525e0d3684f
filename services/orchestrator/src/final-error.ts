import { SkeinError } from '@skein/contracts/errors';
import type { AttemptSummary } from '@skein/contracts/orchestrator';

/** What the caller is told when no candidate answered: 503 where only the mesh itself could not, else 502 with the attempts. */
export function allAttemptsFailed(attempts: readonly AttemptSummary[], last: SkeinError): SkeinError {
  const detail = attempts.map(({ id, vendor, model, error }) => ({
    id,
    vendor,
    model,
    code: error?.code ?? null,
    message: error?.message ?? null,
  }));
  const retryAfterMs = Math.min(
    ...attempts.map(({ error }) => error?.retry_after_ms ?? Infinity),
    last.retryAfterMs ?? Infinity,
  );
  const options = { detail, cause: last, ...(Number.isFinite(retryAfterMs) && { retryAfterMs }) };
  const onlyOurs = attempts.every(({ error }) => error === null || error.source === 'skein');
  if (last.code === 'deadline_exceeded') {
    return new SkeinError('deadline_exceeded', 'The deadline passed before any model answered', options);
  }
  if (onlyOurs) {
    return new SkeinError('unavailable', `The mesh cannot take this request now: ${last.message}`, {
      retryAfterMs: 1_000,
      ...options,
    });
  }
  const who = attempts
    .map(({ vendor, model, error }) => `${vendor}/${model}: ${error?.message ?? 'failed'}`)
    .join('; ');
  return new SkeinError('all_attempts_failed', `Every candidate failed (${who})`, options);
}
