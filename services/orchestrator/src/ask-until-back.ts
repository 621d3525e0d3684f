import { SkeinError, toSkeinError, type ErrorCode } from '@skein/contracts/errors';
import type { CallContext } from '@skein/contracts/wire';
import type { Fleet } from '@skein/bus';
import { pause } from './pause.js';

/** Nobody was there to answer, or whoever was is no more. A room's own word that it cannot (`unavailable`) is its answer. */
const goneCodes: ReadonlySet<ErrorCode> = new Set(['no_responders', 'deadline_exceeded', 'worker_lost']);

/** Between two askings, ms, unless the fleet changes sooner; a random half of it more, so that not all ask at once. */
const AGAIN_AFTER_MS = 200;

/**
 * Asks a room whose only process may just be starting again: while it is away it is asked again, for up to `waitMs` and
 * half of what is left of the request. Throws what the last asking threw.
 */
export async function askUntilBack<Reply>(
  fleet: Pick<Fleet, 'onChange'>,
  ask: () => Promise<Reply>,
  context: Pick<CallContext, 'deadline' | 'signal'>,
  waitMs: number,
): Promise<Reply> {
  const hasLeft = (): boolean => context.signal?.aborted === true;
  const began = performance.now();
  const until = began + Math.min(waitMs, (context.deadline - began) / 2);
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      const error = toSkeinError(thrown);
      const isOver = performance.now() >= until || hasLeft();
      if (!goneCodes.has(error.code) || isOver) throw error;
    }
    await changeOrPause(fleet, Math.min(AGAIN_AFTER_MS * (1 + Math.random() / 2), until - performance.now()), context);
    if (hasLeft()) throw new SkeinError('cancelled', 'The caller left');
  }
}

async function changeOrPause(
  fleet: Pick<Fleet, 'onChange'>,
  ms: number,
  { signal }: Pick<CallContext, 'signal'>,
): Promise<void> {
  let stop: () => void = () => undefined;
  const change = new Promise<void>((resolve) => (stop = fleet.onChange(resolve)));
  await Promise.race([change, pause(Math.max(0, ms), signal)]);
  stop();
}
