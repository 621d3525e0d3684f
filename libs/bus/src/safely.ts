import type { Msg } from '@nats-io/transport-node';

/**
 * A subscription's callback that cannot throw: the client would stop reading its socket for good, and the process would
 * go deaf. What it throws is handed to `report`.
 */
export function safely(
  report: (error: unknown) => void,
  hear: (message: Msg) => void,
): (error: Error | null, message: Msg) => void {
  return (error, message) => {
    try {
      if (error === null) hear(message);
      else report(error);
    } catch (thrown) {
      report(thrown);
    }
  };
}
