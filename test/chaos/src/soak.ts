// `npm run soak [-- --minutes 20]`: steady load on a mesh of separate processes; the memory of each must stay what it is.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Load } from './load.js';
import { setPace } from './pace.js';
import { ResidentMemory, type Watched } from './resident-memory.js';
import { ordinary } from './run-fault.js';
import { slopeOf } from './slope.js';
import { setStage } from './stage.js';
import { sum } from './tally.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
const MS_A_MINUTE = 60_000;
const MS_AN_HOUR = 3_600_000;
const lastsMs = Number(values.minutes) * MS_A_MINUTE;
/** Caches, pools and compiled code have their size by then. */
const warmUpMs = lastsMs / 4;
const EVERY_MS = 10_000;
const LOAD = { plain: 4, streams: 4, jobsPerSecond: 2 };
/** Bytes. */
const MB = 1e6;
/** MB an hour that a process may gain, once twice the standard error is taken off. */
const MOST_RISE = 20;
/** In less time every process still grows, and no slope says anything. */
const LEAST_MS = 10 * MS_A_MINUTE;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Finding {
  readonly cells: readonly string[];
  readonly isFlat: boolean;
}

function judge({ name, samples }: Watched): Finding {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const slope = slopeOf(warm);
  const mb = (bytes: number | undefined): string => ((bytes ?? 0) / MB).toFixed(0);
  const ends = [mb(warm[0]?.bytes), mb(warm.at(-1)?.bytes)];
  if (slope === null) return { cells: [name, ...ends, '–', '–', 'too few samples'], isFlat: false };
  const [rise, error] = [(slope.rise * MS_AN_HOUR) / MB, (slope.error * MS_AN_HOUR) / MB];
  const isFlat = rise - 2 * error <= MOST_RISE;
  return { cells: [name, ...ends, rise.toFixed(1), error.toFixed(1), isFlat ? 'flat' : 'grows'], isFlat };
}

const stage = await setStage({ say, environment: { NODE_OPTIONS: `--import=${import.meta.resolve('./tidy.js')}` } });
try {
  const { mesh, books } = stage;
  await setPace(mesh);
  const memory = new ResidentMemory(mesh.process.pid);
  const load = new Load({ doors: [mesh.url], key: mesh.key, ...LOAD, bodyOf: ordinary });
  say(
    `${values.minutes} minutes of ${LOAD.plain} plain requests and ${LOAD.streams} streams at once, ${LOAD.jobsPerSecond} jobs/s`,
  );
  const startedAt = performance.now();
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
  const findings = [...memory.watched.values()].map(judge);
  const head = ['process', 'MB after warm-up', 'MB at the end', 'MB/h', '±', ''];
  for (const cells of [head, head.map(() => '---'), ...findings.map((finding) => finding.cells)])
    say(`| ${cells.join(' | ')} |`);
  const failed = sum(tally.failures.values()) + tally.brokenStreams;
  say(
    `\n${tally.latencies.length} answered, ${failed} failed, ${tally.lostJobs} jobs lost, ${served} served, drift ${drift}`,
  );
  const growing = findings.filter(({ isFlat }) => !isFlat).length;
  const isSound = failed === 0 && tally.lostJobs === 0 && drift === 0;
  if (lastsMs < LEAST_MS) say(`no verdict on memory: ${values.minutes} minutes are too short for one`);
  else say(growing === 0 ? 'memory is flat' : `${growing} processes grow by more than ${MOST_RISE} MB/h`);
  process.exitCode = isSound && (growing === 0 || lastsMs < LEAST_MS) ? 0 : 1;
} finally {
  await stage.strike();
}
