// `npm run chaos [-- --only <words> --postgres-away <seconds> --storm <seconds>]`: each fault in turn under load; one table at the end.
import { parseArgs } from 'node:util';
import { cablePulled, dismantle } from './faults/network.js';
import type { Fault } from './faults/fault.js';
import { rollingRestart } from './faults/rolling-restart.js';
import { roomFaults } from './faults/rooms.js';
import { serverFaults } from './faults/servers.js';
import { storm } from './faults/storm.js';
import { vendorFaults } from './faults/vendors.js';
import { runFault, type NotRun, type Row } from './run-fault.js';
import { showTable } from './show-table.js';
import { setStage } from './stage.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'postgres-away': { type: 'string', default: '60' },
    storm: { type: 'string', default: '30' },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const calm: Fault = { name: 'none', strike: async () => undefined, heal: async () => undefined };
const all = [
  ...vendorFaults,
  ...roomFaults,
  ...serverFaults(Number(values['postgres-away']) * 1_000),
  cablePulled,
  rollingRestart,
  storm(Number(values.storm)),
];
const chosen = all.filter(({ name }) => values.only === undefined || name.includes(values.only));

say(`${chosen.length} faults; setting the stage`);
const stage = await setStage({ say });
const rows: (Row | NotRun)[] = [];
try {
  for (const fault of [calm, ...chosen]) {
    rows.push(await runFault(stage, fault));
    const last = rows.at(-1);
    if (last !== undefined && 'books' in last) for (const stray of last.books.strays) say(`  ${stray}`);
    say(showTable(rows.slice(-1)).split('\n').at(-1) ?? '');
  }
} finally {
  dismantle();
  await stage.strike();
}
process.stdout.write(`${showTable(rows)}\n`);
const isBad = (row: Row | NotRun): boolean =>
  'tally' in row && (row.books.drift > 0 || row.tally.lostJobs > 0 || row.tally.brokenStreams > 0);
const bad = rows.filter(isBad);
process.stdout.write(
  bad.length === 0
    ? '\nlost 0, drift 0, no stream broken\n'
    : `\nnot as promised: ${bad.map(({ name }) => name).join('; ')}\n`,
);
process.exitCode = bad.length === 0 ? 0 : 1;
