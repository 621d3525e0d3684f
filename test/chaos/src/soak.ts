// `npm run soak [-- --minutes 20]`: steady load on a mesh of separate processes; the memory of each must stay what it is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HELD_FILE, readHeld } from './held-memory.js';
import { Load } from './load.js';
import { setPace } from './pace.js';
import { ResidentMemory, type Watched } from './resident-memory.js';
import { ordinary } from './run-fault.js';
import { slopeOf, type Sample } from './slope.js';
import { setStage } from './stage.js';
import { sum } from './tally.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, 'warm-up': { type: 'string', default: '15' } },
});
const MS_A_MINUTE = 60_000;
const MS_AN_HOUR = 3_600_000;
/** Pools, caches, tables of the collector and compiled code have their size by then; it took eleven minutes where it took longest. */
const warmUpMs = Number(values['warm-up']) * MS_A_MINUTE;
const lastsMs = warmUpMs + Number(values.minutes) * MS_A_MINUTE;
const EVERY_MS = 10_000;
const LOAD = { plain: 4, streams: 4, jobsPerSecond: 2 };
/** Bytes. */
const MB = 1e6;
/** MB an hour that a process may gain, once twice the standard error is taken off: resident, and held after a collection. */
const MOST_RISE = { resident: 20, held: 5 } as const;
/** In less time every process still grows, and no slope says anything. */
const LEAST_MS = 10 * MS_A_MINUTE;
const isShort = lastsMs - warmUpMs < LEAST_MS;
/** Keeps what it served, to be compared with the ledger. */
const KEEPS_ITS_AUDIT = 'sandbox';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Finding {
  readonly cells: readonly string[];
  readonly isFlat: boolean;
}

function judge(samples: readonly Sample[], mostRise: number): Finding {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const slope = slopeOf(warm);
  const mb = (bytes: number | undefined): string => ((bytes ?? 0) / MB).toFixed(0);
  const ends = `${mb(warm[0]?.bytes)} → ${mb(warm.at(-1)?.bytes)}`;
  if (slope === null) return { cells: [ends, '–'], isFlat: false };
  const [rise, error] = [(slope.rise * MS_AN_HOUR) / MB, (slope.error * MS_AN_HOUR) / MB];
  return { cells: [ends, `${rise.toFixed(1)} ± ${error.toFixed(1)}`], isFlat: rise - 2 * error <= mostRise };
}

function judgeProcess({ name, samples }: Watched, held: readonly Sample[]): Finding {
  const resident = judge(samples, MOST_RISE.resident);
  const living = judge(held, MOST_RISE.held);
  const isAudit = name === KEEPS_ITS_AUDIT;
  const isFlat = isAudit || (resident.isFlat && living.isFlat);
  const verdict = isAudit ? 'keeps its audit' : isShort ? '' : isFlat ? 'flat' : 'grows';
  return { cells: [name, ...resident.cells, ...living.cells, verdict], isFlat };
}

const scratch = mkdtempSync(join(tmpdir(), 'skein-soak-'));
const heldFile = join(scratch, 'held');
writeFileSync(heldFile, '');
const stage = await setStage({
  say,
  environment: { NODE_OPTIONS: `--import=${import.meta.resolve('./tidy.js')}`, [HELD_FILE]: heldFile },
});
try {
  const { mesh, books } = stage;
  await setPace(mesh);
  const memory = new ResidentMemory(mesh.process.pid);
  const load = new Load({ doors: [mesh.url], key: mesh.key, ...LOAD, bodyOf: ordinary });
  say(
    `${values.minutes} minutes after ${values['warm-up']} to warm up: ${LOAD.plain} plain requests and ${LOAD.streams} streams at once, ${LOAD.jobsPerSecond} jobs/s`,
  );
  const startedAt = performance.now();
  const began = Date.now();
  const elapsed = (): number => performance.now() - startedAt;
  await load.during(
    (async () => {
      for (let due = 0; due <= lastsMs; due += EVERY_MS) {
        await pause(Math.max(0, due - elapsed()));
        await memory.sample(elapsed());
      }
    })(),
  );
  const { tally } = load;
  const { drift, served } = await books.compare();
  const held = readHeld(heldFile, began);
  const findings = [...memory.watched].map(([pid, watched]) => judgeProcess(watched, held.get(pid) ?? []));
  const head = ['process', 'resident MB', 'MB/h', 'held MB', 'MB/h', ''];
  for (const cells of [head, head.map(() => '---'), ...findings.map((finding) => finding.cells)])
    say(`| ${cells.join(' | ')} |`);
  const failed = sum(tally.failures.values()) + tally.brokenStreams;
  say(
    `\n${tally.latencies.length} answered, ${failed} failed, ${tally.lostJobs} jobs lost, ${served} served, drift ${drift}`,
  );
  const growing = findings.filter(({ isFlat }) => !isFlat).length;
  const isSound = failed === 0 && tally.lostJobs === 0 && drift === 0;
  if (isShort) say(`no verdict on memory: ${values.minutes} minutes are too short for one`);
  else say(growing === 0 ? 'memory is flat' : `${growing} processes grow`);
  process.exitCode = isSound && (growing === 0 || isShort) ? 0 : 1;
} finally {
  await stage.strike();
  rmSync(scratch, { recursive: true, force: true });
}
