import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from '../environment.js';

export interface Progress {
  /** One more is done, well or not. */
  step(isAnswered: boolean): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a plain line for every tenth of the way. Both on stderr: stdout is for the report. */
export function showProgress(total: number, terminal: Terminal): Progress {
  return terminal.isInteractive ? showBar(total) : showLines(total, terminal);
}

function showBar(total: number): Progress {
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} · {failed} failed · {duration_formatted}', hideCursor: true },
    Presets.shades_classic,
  );
  let failed = 0;
  bar.start(total, 0, { failed });
  return {
    step: (isAnswered) => {
      if (!isAnswered) failed++;
      bar.increment(1, { failed });
    },
    stop: () => bar.stop(),
  };
}

function showLines(total: number, terminal: Terminal): Progress {
  let done = 0;
  let failed = 0;
  const tenth = (count: number): number => Math.floor((count * 10) / total);
  return {
    step: (isAnswered) => {
      done++;
      if (!isAnswered) failed++;
      if (tenth(done) > tenth(done - 1)) terminal.err(`${done}/${total}, ${failed} failed\n`);
    },
    stop: () => {},
  };
}
