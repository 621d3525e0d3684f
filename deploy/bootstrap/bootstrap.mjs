// Runs before `npm start`, `npm test` and their like, on whatever Node the machine has (20 or newer) and without any
// package: installs what is missing, makes sure that Node 24 is what the scripts will run on, and builds on request.
// When all is in place it does nothing but look.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, rememberInstall } from './installed.mjs';
import { withLock } from './lock.mjs';
import { ROOT } from './root.mjs';

const OLDEST_NODE = 20;
const WANTED_NODE = 24;
const BIN = join(ROOT, 'node_modules', '.bin', 'node');
const TSC = join(ROOT, 'node_modules', 'ts7', 'bin', 'tsc');
const BEAT_MS = 15_000;

class SetUpError extends Error {}

try {
  checkOwnNode();
  await withLock(join(ROOT, '.skein', 'bootstrap.lock'), say, async () => {
    if (!isInstalled()) await install();
    checkInstalledNode();
    if (process.argv.includes('--build')) await build();
  });
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`\nskein: ${error.message}\n`);
  process.exitCode = 1;
}

function checkOwnNode() {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST_NODE) {
    throw new SetUpError(
      `Node ${OLDEST_NODE} or newer is needed to begin with; this is ${process.version}. Install one from your system or nodejs.org.`,
    );
  }
}

// Not `npm ci`: it insists on an entry for every platform's binaries, which not every registry can serve.
async function install() {
  say('installing packages with npm (a minute or so the first time)');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const { ok, seconds, output } = await run('npm', args, { isBeating: true });
  if (!ok) throw new SetUpError(`npm install failed after ${seconds} s:\n${output}`);
  rememberInstall();
  say(`packages installed (${seconds} s)`);
}

function checkInstalledNode() {
  const found = existsSync(BIN) ? spawnSync(BIN, ['--version'], { encoding: 'utf8' }).stdout?.trim() : undefined;
  if (found?.startsWith(`v${WANTED_NODE}.`)) return;
  throw new SetUpError(
    [
      found
        ? `node_modules/.bin/node is ${found}, not Node ${WANTED_NODE}.`
        : `npm did not put Node ${WANTED_NODE} into node_modules/.bin.`,
      'The package `node` does that by an install script, which npm skips under `ignore-scripts`. Type:',
      '  npm rebuild --ignore-scripts=false && npm start',
    ].join('\n'),
  );
}

async function build() {
  const { ok, seconds, output } = await run(BIN, [TSC, '-b', 'test']);
  if (!ok) throw new SetUpError(`the build failed:\n${output}`);
  say(`built (${seconds} s)`);
}

/** Runs a command to its end, quietly; with `isBeating` it says now and then that it is still at it. */
function run(file, args, { isBeating = false } = {}) {
  return new Promise((resolve) => {
    const begun = process.hrtime.bigint();
    const elapsed = () => (Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1);
    const beat = isBeating ? setInterval(() => say(`… still at it (${elapsed()} s)`), BEAT_MS) : undefined;
    const chunks = [];
    const end = (ok) => {
      clearInterval(beat);
      resolve({ ok, seconds: elapsed(), output: Buffer.concat(chunks).toString().trimEnd() });
    };
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => {
      chunks.push(Buffer.from(error.message));
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}

function say(line) {
  process.stdout.write(`skein: ${line}\n`);
}
