import type { ChildProcess } from 'node:child_process';

/** On SIGTERM or SIGINT: ends the children, the last first, then what they stood on. */
export function stopWithChildren(children: readonly ChildProcess[], stopServers: () => Promise<void>): void {
  const stop = async () => {
    for (const child of [...children].reverse()) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await ended;
    }
    await stopServers();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}
