// `npm run chaos [-- --only <words>[,<words>] --erring <seconds> --postgres-away <seconds> --storm <seconds>]`: each fault in
// turn under load; one table at the end.
import { parseArgs } from 'node:util';
import { Collector } from './collector.js';
import { clockJump } from './faults/clock.js';
import { collectorGone } from './faults/collector.js';
import { cablePulled, dismantle } from './faults/network.js';
import type { Fault } from './faults/fault.js';
import { rollingRestart } from './faults/rolling-restart.js';
import { roomFaults } from './faults/rooms.js';
import { serverFaults } from './faults/servers.js';
import { storm } from './faults/storm.js';
import { vendorFaults } from './faults/vendors.js';
import { setPace } from './pace.js';
import { runFault, type NotRun, type Row } from './run-fault.js';
import { isEnough, shareAnswered, showAnswered } from './share-answered.js';
import { showFailovers } from './show-failovers.js';
import { showTable } from './show-table.js';
import { setStage } from './stage.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'postgres-away': { type: 'string', default: '60' },
    storm: { type: 'string', default: '30' },
    erring: { type: 'string', default: '30' },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Streams go on at another vendor; one that goes silent is given up sooner than after the usual half minute. */
const POLICY = `
name: chaos
default: [openai/gpt-4o-mini, anthropic/claude-haiku-4-5, groq/llama-3.1-8b-instant, mistral/mistral-small-2603]
on_mid_stream_failure: continue
timeouts: { idle_ms: 5000 }
`;

const calm: Fault = { name: 'none', strike: async () => undefined, heal: async () => undefined };
const collector = await Collector.start();
const ofVendors = vendorFaults(Number(values.erring) * 1_000);
const all = [
  ...ofVendors,
  ...roomFaults,
  ...serverFaults(Number(values['postgres-away']) * 1_000),
  collectorGone(collector),
  clockJump,
  cablePulled,
  rollingRestart,
  storm(Number(values.storm)),
];
const chosen = all.filter(({ name }) => values.only?.split(',').some((words) => name.includes(words)) ?? true);

say(`${chosen.length} faults; setting the stage`);
const stage = await setStage({ policy: POLICY, environment: collector.environment, say });
await setPace(stage.mesh);
const rows: (Row | NotRun)[] = [];
try {
  // Programs that have just started are slow: not the measure of anything.
  await runFault(stage, calm);
  for (const fault of [calm, ...chosen]) {
    rows.push(await runFault(stage, fault));
    const last = rows.at(-1);
    if (last !== undefined && 'trouble' in last) say(`  ${last.trouble}`);
    if (last !== undefined && 'books' in last) for (const stray of last.books.strays) say(`  ${stray}`);
    say(showTable(rows.slice(-1)).split('\n').at(-1) ?? '');
  }
} finally {
  dismantle();
  await stage.strike();
  await collector.stop();
}
process.stdout.write(`${showTable(rows)}\n`);
const struckVendors = new Set(ofVendors.map(({ name }) => name));
const whileOneFailed = rows.filter((row): row is Row => 'books' in row && struckVendors.has(row.name));
const share = shareAnswered(whileOneFailed);
if (share !== null) process.stdout.write(`\n${showAnswered(share)}\n`);
const failovers = whileOneFailed.flatMap(({ books }) => books.failovers);
if (failovers.length > 0) process.stdout.write(`${showFailovers(failovers)}\n`);
const isBad = (row: Row | NotRun): boolean =>
  'notRun' in row
    ? row.isFailure === true
    : row.trouble !== undefined || row.books.drift > 0 || row.tally.lostJobs > 0 || row.tally.brokenStreams > 0;
const bad = rows.filter(isBad).map(({ name }) => name);
if (share !== null && !isEnough(share)) bad.push('answers while a vendor failed');
process.stdout.write(
  bad.length === 0 ? '\nlost 0, drift 0, no stream broken\n' : `\nnot as promised: ${bad.join('; ')}\n`,
);
process.exitCode = bad.length === 0 ? 0 : 1;
