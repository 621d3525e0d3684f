/**
 * Where the time goes: `node test/bench/src/profile.ts [TARGET] [IN_FLIGHT] [plain|stream]` runs one target (one process by
 * default) under load with V8's sampling profiler in its first process and prints self time by function and by file, and
 * time with callees of the project's own functions. The .cpuprofile is kept for a flame graph.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runClosedLoop } from './load/closed-loop.ts';
import { LOAD_CORE, moveToCore, pinSelf } from './pinning.ts';
import { faultOf } from './request.ts';
import { startMockVendor, startTarget } from './running-target.ts';
import { targets } from './targets.ts';

const WARMUP_MS = 20_000;
const WINDOW_MS = 8_000;

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
  readonly endTime: number;
}

const [name = 'skein-one', inFlightText = '16', kind = 'plain'] = process.argv.slice(2);
const target = targets.find((one) => one.name === name);
if (target === undefined || target.start === null) throw new Error(`There is no such target: ${name}`);
const stream = kind === 'stream';

pinSelf();
const scratch = mkdtempSync(join(tmpdir(), 'skein-profile-'));
const profiles = mkdtempSync(join(tmpdir(), 'skein-cpuprofile-'));
const mock = await startMockVendor();
let loadBegan = 0;
let answers = 0;
try {
  const running = await startTarget(target, mock, scratch, [
    '--cpu-prof',
    `--cpu-prof-dir=${profiles}`,
    '--cpu-prof-interval=500',
  ]);
  // A write that wakes a server on the same core would count the server's time as the write's.
  for (const { pid, isServer } of running.members()) if (isServer) moveToCore(pid, LOAD_CORE);
  try {
    const loop = await runClosedLoop({
      ports: running.ports,
      inFlight: Number(inFlightText),
      warmupMs: WARMUP_MS,
      windowMs: WINDOW_MS,
      nextRequest: () => running.nextRequest({ stream, pace: 'at once' }),
      faultOf: (answer) => faultOf(answer, stream),
      onWindow: (edge) => {
        if (edge === 'begin') loadBegan = Number(process.hrtime.bigint() / 1000n);
      },
    });
    answers = loop.answers;
    process.stdout.write(
      `${(loop.answers / loop.seconds).toFixed(0)} answers/s, p50 ${loop.p50Ms.toFixed(2)} ms, errors ${loop.errors} ${loop.firstError ?? ''}\n`,
    );
  } finally {
    await running.stop();
  }
} finally {
  await mock.stop();
  rmSync(scratch, { recursive: true, force: true });
}
const [file] = readdirSync(profiles);
if (file === undefined) throw new Error('No profile was written');
show(JSON.parse(readFileSync(join(profiles, file), 'utf8')) as CpuProfile);
process.stdout.write(`\n${join(profiles, file)}\n`);

/** Only the measured window: V8's clock and ours are the same monotonic one. */
function show(profile: CpuProfile): void {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  );
  const self = new Map<string, number>();
  const files = new Map<string, number>();
  const inclusive = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, us: number) => map.set(key, (map.get(key) ?? 0) + us);
  let at = profile.startTime;
  profile.samples.forEach((id, index) => {
    const us = profile.timeDeltas[index] ?? 0;
    at += us;
    const node = byId.get(id);
    if (node === undefined || at < loadBegan || at > loadBegan + WINDOW_MS * 1_000) return;
    add(self, placeOf(node), us);
    add(files, fileOf(node), us);
    const seen = new Set<string>();
    for (let up: number | undefined = id; up !== undefined; up = parents.get(up)) {
      const frame = byId.get(up);
      if (frame !== undefined && isOurs(frame)) seen.add(placeOf(frame));
    }
    for (const place of seen) add(inclusive, place, us);
  });
  print('self time, µs per answer', self, 45);
  print('self time by file', files, 40);
  print('with callees (our functions)', inclusive, 60);
}

function print(title: string, map: ReadonlyMap<string, number>, rows: number): void {
  process.stdout.write(`\n${title}\n`);
  for (const [place, us] of [...map].sort((a, b) => b[1] - a[1]).slice(0, rows)) {
    const share = (us / (WINDOW_MS * 10)).toFixed(1).padStart(5);
    process.stdout.write(`${(us / Math.max(1, answers)).toFixed(1).padStart(8)} ${share} %  ${place}\n`);
  }
}

function isOurs({ callFrame: { url } }: ProfileNode): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/');
}

function fileOf({ callFrame: { url, functionName } }: ProfileNode): string {
  if (url === '') return functionName;
  return url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(libs|services)\//, '$1/');
}

function placeOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame;
  return url === '' ? functionName : `${functionName || '(anonymous)'} ${fileOf(node)}:${lineNumber + 1}`;
}
