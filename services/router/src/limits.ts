import type { AttemptLimits, DecideRouteRequest, PolicyDocument } from '@skein/contracts/router';
import type { Estimate } from './deployment.js';

/** A first byte later than this many times the usual slow case is taken for a hang. */
const TIMES_P95 = 3;

/**
 * How long an attempt may take, in ms. The first byte binds streams only, the pause within an answer both: a body that has
 * begun and then goes silent is not waited for, streamed or not. A reasoning model
 * is given its long time to think until its first bytes are known, and so is one that speaks or listens: it may have to
 * hear all of it first.
 */
export function limitsFor(
  { contender, health }: Estimate,
  { stream, operation = 'chat' }: Pick<DecideRouteRequest, 'stream' | 'operation'>,
  timeouts: PolicyDocument['timeouts'],
): AttemptLimits {
  const { reasons } = contender.deployment;
  const call_ms = reasons ? timeouts.reasoning_call_ms : timeouts.call_ms;
  const { connect_ms, idle_ms } = timeouts;
  if (!stream) return { connect_ms, first_byte_ms: null, idle_ms, call_ms };
  const learned = health?.first_byte_p95_ms ?? null;
  const isSlow = reasons || operation !== 'chat';
  const unlearned = isSlow ? timeouts.reasoning_first_byte_ms : timeouts.first_byte_ms;
  const least = operation === 'chat' ? timeouts.first_byte_ms : unlearned;
  const first_byte_ms = learned === null ? unlearned : Math.max(least, TIMES_P95 * learned);
  return { connect_ms, first_byte_ms, idle_ms, call_ms };
}
