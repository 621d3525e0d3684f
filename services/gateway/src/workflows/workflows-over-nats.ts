import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import { runRequest } from '@skein/contracts/workflows';
import { RequestBody, headerNames } from '@skein/contracts/wire';
import { z } from 'zod';
import { invalidField } from '@skein/contracts/errors';
import { KeysView } from '../door/keys.view.js';
import { encodeJson, reply, replyEnd } from '../nats/api-replies.js';
import { idOf, pageFields, readAsked, type Answer } from '../nats/asked.js';
import { publicCheck, publicEvent, publicRun, publicRunPlan, publicRuns, workflowSchema } from './public-run.js';
import { WorkflowsDesk } from './workflows-desk.js';

const named = z.looseObject({ workflow: z.string().min(1) });
const workflowAddress = z.strictObject({ workflow: z.string().min(1) });
const versionAddress = workflowAddress.extend({ version: z.number().transform(String).optional() });
const runsRequest = z.strictObject({
  workflow: z.string().optional(),
  status: z.string().optional(),
  ...pageFields,
});

/** The same desk over NATS: JSON in and out; the name of the workflow is a field of the body. */
@Injectable()
export class WorkflowsOverNats {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(WorkflowsDesk) private readonly desk: WorkflowsDesk,
  ) {}

  readonly answers = {
    [apiSubjects.workflowsList]: ({ key, headers }) => this.desk.list(null, key, headers),
    [apiSubjects.workflowsShow]: (asked) => {
      const { workflow, version } = readAsked(asked, versionAddress);
      return this.desk.get(workflow, version, asked.key, asked.headers);
    },
    [apiSubjects.workflowsVersions]: (asked) =>
      this.desk.list(readAsked(asked, workflowAddress).workflow, asked.key, asked.headers),
    [apiSubjects.workflowsSchema]: () => workflowSchema(),
    [apiSubjects.workflowsRuns]: async (asked) =>
      publicRuns(await this.desk.listRuns(readAsked(asked, runsRequest), asked.key, asked.headers)),
    [apiSubjects.workflowsGet]: async (asked) =>
      publicRun(await this.desk.getRun(idOf(asked), asked.key, asked.headers)),
    [apiSubjects.workflowsCancel]: async (asked) =>
      publicRun(await this.desk.cancelRun(idOf(asked), asked.key, asked.headers)),
  } satisfies Partial<Record<ApiSubject, Answer>>;

  /** A definition is sent as it is written, YAML or JSON. */
  async check(message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    reply(message, {}, publicCheck(await this.desk.check(message.bytes, key, message.headers)));
  }

  async define(message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const { workflow } = await this.desk.define(message.bytes, null, key, message.headers);
    reply(message, {}, workflow);
  }

  async plan(message: ApiMessage): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const { name, body } = readNamed(message);
    reply(message, {}, publicRunPlan(await this.desk.plan(name, body, key, message.headers)));
  }

  /** `mode: job` is answered at once; else with the finished run, and with each event before it where it streams. */
  async run(message: ApiMessage, traceparent: string | undefined): Promise<void> {
    const key = this.keys.authenticate(message.headers);
    const { name, body } = readNamed(message);
    const parsed = runRequest.safeParse(new RequestBody(body).json);
    if (!parsed.success) throw invalidField(parsed.error);
    const { mode, stream = false, ...rest } = parsed.data;
    if (mode === 'job') {
      reply(message, {}, publicRun(await this.desk.submit(name, rest, key, { ...message.headers, traceparent })));
      return;
    }
    const { view, requestId } = await this.desk.run(name, body, message.headers, stream, traceparent, (event) =>
      reply(message, { [headerNames.kind]: 'chunk' }, publicEvent(event)),
    );
    const run = publicRun(await view);
    if (stream) replyEnd(message);
    else message.reply({ 'x-request-id': requestId }, encodeJson(run));
  }
}

/** The name, and the rest of the body as it would be over HTTP. */
function readNamed(message: ApiMessage): { name: string; body: Uint8Array } {
  const parsed = named.safeParse(new RequestBody(message.bytes).json);
  if (!parsed.success) throw invalidField(parsed.error);
  const { workflow, ...rest } = parsed.data;
  return { name: workflow, body: encodeJson(rest) };
}
