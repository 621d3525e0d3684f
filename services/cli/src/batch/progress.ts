import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from '../environment.js';
import type { BatchReply } from '../replies.js';

export interface BatchProgress {
  show(batch: BatchReply): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line whenever another tenth of the lines has ended. Both on stderr. */
export function showBatchProgress(terminal: Terminal): BatchProgress {
  return terminal.isInteractive ? showBar() : showLines(terminal);
}

const endedOf = ({ request_counts: counts }: BatchReply): number => counts.completed + counts.failed;

function showBar(): BatchProgress {
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} · {failed} failed · ${cost} · {status} · {duration_formatted}', hideCursor: true },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    show: (batch) => {
      const shown = { failed: batch.request_counts.failed, cost: batch.cost_usd, status: batch.status };
      if (!isStarted) bar.start(batch.request_counts.total, 0, shown);
      isStarted = true;
      bar.setTotal(batch.request_counts.total);
      bar.update(endedOf(batch), shown);
    },
    stop: () => bar.stop(),
  };
}

function showLines(terminal: Terminal): BatchProgress {
  let told = '';
  return {
    show: (batch) => {
      const { total, failed } = batch.request_counts;
      const tenth = total === 0 ? 0 : Math.floor((endedOf(batch) * 10) / total);
      const line = `${batch.status} ${tenth}`;
      if (line === told) return;
      told = line;
      terminal.err(`${batch.status}: ${endedOf(batch)}/${total}, ${failed} failed, $${batch.cost_usd}\n`);
    },
    stop: () => {},
  };
}
