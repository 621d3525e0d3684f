/** The `skein` command: its parts put together, and the one place where a failure becomes a line and an exit code. */
import { Command, CommanderError } from 'commander';
import { addAskCommand } from './commands/ask.js';
import { addBatchCommand } from './commands/batch.js';
import { addDrillCommand } from './commands/drill.js';
import { addExplainCommand } from './commands/explain.js';
import { addJobsCommand } from './commands/jobs.js';
import { addLimitsCommand } from './commands/limits.js';
import { addPolicyCommands } from './commands/policy.js';
import { addProcessCommands } from './commands/processes.js';
import { addReplayCommand } from './commands/replay.js';
import { addUsageCommand } from './commands/usage.js';
import { addWebhooksCommand } from './commands/webhooks.js';
import { addWorkflowCommand } from './commands/workflow.js';
import type { Terminal } from './environment.js';
import { describeFailure } from './failure.js';
import type { Outcome } from './outcome.js';

/** Runs one command line (without `node` and script) and resolves with its exit code; never rejects. */
export async function runSkein(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome: Outcome = { exitCode: 0 };
  const program = new Command('skein')
    .description('Every LLM call on the right model: run a mesh, ask it, and see what it did.')
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride();
  addProcessCommands(program, terminal, outcome);
  addAskCommand(program, terminal);
  addExplainCommand(program, terminal, outcome);
  addReplayCommand(program, terminal, outcome);
  addJobsCommand(program, terminal, outcome);
  addBatchCommand(program, terminal, outcome);
  addWebhooksCommand(program, terminal);
  addLimitsCommand(program, terminal);
  addPolicyCommands(program, terminal, outcome);
  addDrillCommand(program, terminal, outcome);
  addUsageCommand(program, terminal);
  addWorkflowCommand(program, terminal, outcome);
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome.exitCode;
  } catch (cause) {
    // Commander has already said what was wrong with the command line.
    if (cause instanceof CommanderError) return cause.exitCode;
    terminal.err(`skein: ${describeFailure(cause)}\n`);
    return 1;
  }
}
