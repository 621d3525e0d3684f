import type { Command } from 'commander';
import { styleText } from 'node:util';
import type { Answer } from '../doors/answer.js';
import { openHttpDoor } from '../doors/http-door.js';
import type { Terminal } from '../environment.js';
import { readInput } from '../input.js';
import { fetchRecord } from '../request-record.js';
import { httpTarget, withTarget, type TargetOptions } from '../target.js';
import { withMesh } from '../with-mesh.js';
import { chatBody, withChatOptions, type ChatOptions } from './chat-options.js';

export function addAskCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('ask')
    .description('ask one question and print the answer, then who gave it and what it cost')
    .argument('<question>', 'the question, or - for standard input');
  withTarget(withChatOptions(command)).action(async (question: string, options: ChatOptions & TargetOptions) => {
    const text = question === '-' ? await readInput('-', terminal) : question;
    await withMesh(httpTarget(options, terminal), async (mesh) => {
      const answer = await openHttpDoor(mesh).send(chatBody(text, options), terminal.out);
      terminal.out(options.stream === true ? '\n' : `${answer.text}\n`);
      const cost = answer.costUsd ?? (answer.requestId && (await fetchRecord(mesh, answer.requestId)).cost_usd);
      terminal.err(`${dim(describeAnswer(answer, cost), terminal)}\n`);
    });
  });
}

function describeAnswer(answer: Answer, costUsd: string | null): string {
  const who = answer.vendor === null ? answer.model : `${answer.vendor}/${answer.model}`;
  return [
    who ?? 'unknown model',
    costUsd === null ? 'price unknown' : `$${costUsd}`,
    `${Math.round(answer.totalMs)} ms`,
    ...(answer.cacheHit ? ['from cache'] : []),
    ...(answer.requestId === null ? [] : [answer.requestId]),
  ].join(' · ');
}

function dim(text: string, terminal: Terminal): string {
  return terminal.isInteractive ? styleText('dim', text, { validateStream: false }) : text;
}
