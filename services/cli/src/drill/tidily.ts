import { CommandFailure } from '../failure.js';
import type { SignalSource } from '../run-in-foreground.js';

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does `work`, and then tidies up: also when it failed, and when somebody interrupts, which is then the failure. A Ctrl-C
 * may come twice, from the terminal and from an npm above us: until all is tidy, no signal ends the process.
 */
export async function tidily<Result>(
  work: () => Promise<Result>,
  tidyUp: () => Promise<void>,
  signals: SignalSource = process,
): Promise<Result> {
  const interruption = Promise.withResolvers<never>();
  const interrupt = (): void => interruption.reject(new CommandFailure('Interrupted', 'interrupted'));
  for (const name of INTERRUPTS) signals.on(name, interrupt);
  try {
    return await Promise.race([work(), interruption.promise]);
  } finally {
    await tidyUp();
    for (const name of INTERRUPTS) signals.off(name, interrupt);
  }
}
