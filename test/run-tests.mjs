// The whole suite: first what is quick and can share the cores, then the mesh end to end, one file at a time, because its
// processes need the cores for themselves. The last line reads "N passed, N failed" over both.
//   node test/run-tests.mjs [jest arguments…]     arguments go to both runs, such as a path
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tallyDir = mkdtempSync(join(tmpdir(), 'skein-tally-'));
const tallyFile = join(tallyDir, 'tally.jsonl');

const runs = [
  ['--selectProjects', 'unit', 'integration', 'architecture'],
  ['--selectProjects', 'e2e', '--runInBand'],
];

let exitCode = 0;
for (const run of runs) exitCode ||= await jest([...run, '--passWithNoTests', '--forceExit', ...process.argv.slice(2)]);

const tally = { passed: 0, failed: 0, skipped: 0 };
for (const line of readFileSync(tallyFile, 'utf8').trim().split('\n')) {
  const counted = JSON.parse(line);
  for (const name of Object.keys(tally)) tally[name] += counted[name];
}
rmSync(tallyDir, { recursive: true });
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed${skipped}\n`);
process.exitCode = exitCode;

function jest(args) {
  const command = ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')];
  const child = spawn(process.execPath, [...command, '-c', join(root, 'test/jest.config.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SKEIN_TEST_TALLY: tallyFile },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
