import { SkeinError, toSkeinError } from '@skein/contracts/errors';

/** Waits for a call to a room. One that is not running is told as what it is to a customer: `unavailable`, for a moment. */
export function askRoom<Reply>(room: string, call: Promise<Reply>): Promise<Reply> {
  return call.catch((thrown: unknown) => {
    const error = toSkeinError(thrown);
    if (error.code !== 'no_responders') throw error;
    throw new SkeinError('unavailable', `The ${room} room is not running at the moment`, {
      retryAfterMs: 1_000,
      cause: error,
    });
  });
}
