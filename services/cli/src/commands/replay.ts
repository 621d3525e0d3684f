import { Option, type Command } from 'commander';
import type { Strategy } from '@skein/contracts/gateway';
import type { ChatBody, Door } from '../doors/answer.js';
import type { HttpMesh } from '../doors/http-mesh.js';
import { openHttpDoor } from '../doors/http-door.js';
import { openNatsDoor } from '../doors/nats-door.js';
import type { Terminal } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { openJobsDoor } from '../jobs.js';
import type { Outcome } from '../outcome.js';
import { readPrompts, type Prompt } from '../prompts.js';
import { measurePrompt } from '../replay/measure.js';
import { showProgress } from '../replay/progress.js';
import {
  readStrategies,
  renderComparison,
  summariseStrategy,
  withStrategy,
  type StrategyRun,
} from '../replay/compare-strategies.js';
import { renderReport, reportAsJson } from '../replay/report.js';
import { runAll } from '../replay/run-all.js';
import { summarise } from '../replay/statistics.js';
import { httpTarget, natsTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';
import { readCount } from './chat-options.js';

type Via = 'http' | 'nats' | 'jobs';

interface ReplayOptions extends TargetOptions {
  readonly via: Via;
  readonly concurrency: number;
  readonly stream?: boolean;
  readonly model?: string;
  readonly strategy?: readonly Strategy[];
  readonly limit?: number;
  readonly json?: boolean;
}

const JOB_PATIENCE_MS = 600_000;

export function addReplayCommand(program: Command, terminal: Terminal, outcome: Outcome): void {
  const command = program
    .command('replay')
    .description('send a file of prompts and report requests, tokens, cost, latency, cache hits and failures')
    .argument('<file>', 'prompts as for explain; - for standard input')
    .addOption(new Option('--via <door>', 'how to send them').choices(['http', 'nats', 'jobs']).default('http'))
    .option('--concurrency <count>', 'so many at a time', readCount, 8)
    .option('--stream', 'ask for streams, and measure the time to the first token')
    .option('--model <model>', 'ask this model for every prompt (default: the prompt’s own, else auto)')
    .option(
      '--strategy <list>',
      'once for each of these strategies, and compare them: cost_first,balanced,…',
      readStrategies,
    )
    .option('--limit <count>', 'only the first so many prompts', readCount)
    .option('--json', 'print the report as JSON')
    .option('--nats <url>', 'NATS address of the customers’ door (default: the local mesh’s)');
  withTarget(command).action(async (file: string, options: ReplayOptions) => {
    if (options.via === 'jobs' && options.stream === true) throw new CommandFailure('Jobs have no streams');
    const prompts = readPrompts(await readInput(file, terminal), options.model ?? 'auto').slice(0, options.limit);
    const replay = (order: (prompt: Prompt) => Prompt) =>
      withMesh(httpTarget(options, terminal), async (mesh) => {
        const door = await openDoor(options, mesh, terminal);
        const progress = showProgress(prompts.length, terminal);
        try {
          const samples = await runAll(prompts, options.concurrency, async (prompt) => {
            const sample = await measurePrompt(order(orderedPrompt(prompt, options)), door, mesh, () =>
              performance.now(),
            );
            progress.step(sample.failure === null);
            return sample;
          });
          return { samples, summary: summarise(samples) };
        } finally {
          progress.stop();
          await door.close();
        }
      });
    if (options.strategy !== undefined) {
      const runs: StrategyRun[] = [];
      for (const strategy of options.strategy) {
        const { samples } = await replay((prompt) => withStrategy(prompt, strategy));
        runs.push(summariseStrategy(strategy, samples));
      }
      terminal.out(options.json === true ? `${JSON.stringify(runs, null, 2)}\n` : renderComparison(runs));
      if (runs.some(({ failed }) => failed > 0)) outcome.exitCode = 1;
      return;
    }
    const { summary } = await replay((prompt) => prompt);
    terminal.out(options.json === true ? `${JSON.stringify(reportAsJson(summary), null, 2)}\n` : renderReport(summary));
    if (summary.all.failed > 0) outcome.exitCode = 1;
  });
}

function openDoor(options: ReplayOptions, mesh: HttpMesh, terminal: Terminal): Promise<Door> {
  const doors: Record<Via, () => Promise<Door>> = {
    http: () => Promise.resolve(openHttpDoor(mesh)),
    nats: () => openNatsDoor(natsTarget(options, terminal)),
    jobs: () => Promise.resolve(openJobsDoor(mesh, JOB_PATIENCE_MS)),
  };
  return doors[options.via]();
}

/** The prompt as this replay sends it: streamed or not by the option alone, so that runs compare. */
function orderedPrompt(prompt: Prompt, { model, stream }: ReplayOptions): Prompt {
  const body: ChatBody = { ...prompt.body, stream: stream === true, ...(model !== undefined && { model }) };
  return { ...prompt, body };
}
