import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type AnswerEnd, type Bus } from '@skein/bus';
import type { Caller } from '@skein/contracts/attempt';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError, errorTable, isErrorCode, toSkeinError, invalidField } from '@skein/contracts/errors';
import type { Rpc } from '@skein/contracts/make';
import { RequestBody, type CallContext } from '@skein/contracts/wire';
import {
  CancelRun,
  CheckWorkflow,
  DefineWorkflow,
  GetRun,
  GetWorkflow,
  ListRuns,
  ListWorkflows,
  PlanWorkflow,
  SubmitRun,
  runEvent,
  runRequest,
  runStatuses,
  runView,
  type RunEvent,
  type RunRequest,
  type RunStatus,
  type RunView,
} from '@skein/contracts/workflows';
import { askRoom } from '../door/ask-room.js';
import { CompletionDesk, callerOf, type RunningChat } from '../door/completion-desk.js';
import { readMetadata, type DoorHeaders } from '../door/read-chat.js';

const CALL_MS = 20_000;
const DEFAULT_PAGE = 20;
/** A run whose process was lost goes on elsewhere: it is asked for at growing distances, so long at most. */
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;
const FOLLOW_MS = 600_000;

export interface WaitedRun {
  readonly requestId: string;
  readonly run: RunningChat;
  /** The finished run; rejects with the caller's error where there is none. */
  readonly view: Promise<RunView>;
}

/** Both doors' way to the workflows room. */
@Injectable()
export class WorkflowsDesk {
  constructor(
    @Inject(BUS) private readonly bus: Bus,
    @Inject(CompletionDesk) private readonly completions: CompletionDesk,
  ) {}

  async define(source: Uint8Array, name: string | null, key: KeyRecord, headers: DoorHeaders) {
    return this.#call(DefineWorkflow, { caller: plainCaller(key), name, source: textOf(source) }, key, headers);
  }

  check(source: Uint8Array, key: KeyRecord, headers: DoorHeaders) {
    return this.#call(CheckWorkflow, { source: textOf(source) }, key, headers);
  }

  get(name: string, version: string | undefined, key: KeyRecord, headers: DoorHeaders) {
    return this.#call(GetWorkflow, { tenant: key.tenant, name, version: readVersion(version) }, key, headers);
  }

  async list(name: string | null, key: KeyRecord, headers: DoorHeaders) {
    const { workflows } = await this.#call(ListWorkflows, { tenant: key.tenant, name }, key, headers);
    return { object: 'list', data: workflows };
  }

  plan(name: string, body: Uint8Array, key: KeyRecord, headers: DoorHeaders) {
    return this.#call(PlanWorkflow, { caller: plainCaller(key), name, request: readRequest(body) }, key, headers);
  }

  submit(name: string, request: RunRequest, key: KeyRecord, headers: DoorHeaders): Promise<RunView> {
    const { user, cost_center: costCenter } = readMetadata(null, headers);
    return this.#call(SubmitRun, { caller: callerOf(key, user, costCenter), name, request }, key, headers);
  }

  getRun(id: string, key: KeyRecord, headers: DoorHeaders): Promise<RunView> {
    return this.#call(GetRun, { tenant: key.tenant, id }, key, headers);
  }

  cancelRun(id: string, key: KeyRecord, headers: DoorHeaders): Promise<RunView> {
    return this.#call(CancelRun, { tenant: key.tenant, id }, key, headers);
  }

  listRuns(
    query: { workflow?: string; status?: string; limit?: string; after?: string },
    key: KeyRecord,
    headers: DoorHeaders,
  ) {
    const limit = query.limit === undefined ? DEFAULT_PAGE : Number(query.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
      throw new SkeinError('invalid_request', 'limit: must be a whole number from 1 to 100', { param: 'limit' });
    }
    if (query.status !== undefined && !isRunStatus(query.status)) {
      throw new SkeinError('invalid_request', `status: must be one of ${runStatuses.join(', ')}`, { param: 'status' });
    }
    const { workflow = null, status = null, after = null } = query;
    return this.#call(ListRuns, { tenant: key.tenant, workflow, status, limit, after }, key, headers);
  }

  /** Lets a run in and begins it; `onEvent` hears what happens, where the caller streams. Throws the caller's error. */
  async run(
    name: string,
    body: Uint8Array,
    headers: DoorHeaders,
    stream: boolean,
    traceparent: string | undefined,
    onEvent: (event: RunEvent) => void,
  ): Promise<WaitedRun> {
    const admitted = await this.completions.admitRun(name, body, headers, stream);
    let view: RunView | null = null;
    const run = this.completions.run(admitted, traceparent, {
      onHead: () => undefined,
      onNotice: () => undefined,
      onChunk: (payload) => {
        const event = runEvent.parse(new RequestBody(payload).json);
        if (event.type === 'run.finished') view = event.run;
        onEvent(event);
      },
      onWhole: (payload) => {
        view = runView.parse(new RequestBody(payload).json);
      },
    });
    const requestId = admitted.order.request_id;
    return {
      requestId,
      run,
      view: run.answered.then(
        async (end) => view ?? this.#followed(end, requestId.replace(/^req_/, 'run_'), admitted.key, headers),
      ),
    };
  }

  /** The process that had the run was lost: the run goes on in another, and its end is waited for. */
  async #followed(end: AnswerEnd, id: string, key: KeyRecord, headers: DoorHeaders): Promise<RunView> {
    const error = end.error ?? new SkeinError('internal', 'The run ended without a reason');
    if (error.code !== 'unavailable' && error.code !== 'frame_gap') throw error;
    const until = performance.now() + FOLLOW_MS;
    for (let wait = FIRST_LOOK_MS; performance.now() < until; wait = Math.min(LONGEST_LOOK_MS, wait * 2)) {
      const view = await this.getRun(id, key, headers).catch((thrown: unknown) => {
        // It was never accepted; or nobody is there to ask, for now.
        if (toSkeinError(thrown).code === 'not_found') throw error;
        return null;
      });
      if (view !== null && view.status !== 'running' && view.status !== 'queued') return view;
      await pause(wait);
    }
    throw error;
  }

  async #call<Request, Reply>(
    contract: Rpc<Request, Reply>,
    request: Request,
    key: KeyRecord,
    headers: DoorHeaders,
  ): Promise<Reply> {
    const context: CallContext = {
      requestId: newId('req'),
      tenant: key.tenant,
      deadline: performance.now() + CALL_MS,
      traceparent: headers['traceparent'],
    };
    return askRoom('workflows', this.bus.call(contract, request, context));
  }
}

/** What a run is asked for. Throws `invalid_request` naming the field. */
export function readRequest(body: Uint8Array): RunRequest {
  const parsed = runRequest.safeParse(body.length === 0 ? {} : new RequestBody(body).json);
  if (!parsed.success) throw invalidField(parsed.error);
  return parsed.data;
}

/** The status of an ended run over HTTP: 200, or that of its error. */
export function statusOf({ error }: RunView): number {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  if (error === null) return 200;
  return typeof code === 'string' && isErrorCode(code) ? errorTable[code].status : 502;
}

function plainCaller(key: KeyRecord): Caller {
  return callerOf(key, undefined, undefined);
}

function isRunStatus(text: string): text is RunStatus {
  return runStatuses.some((status) => status === text);
}

function readVersion(text: string | undefined): number | null {
  if (text === undefined) return null;
  const version = Number(text);
  if (Number.isInteger(version) && version > 0) return version;
  throw new SkeinError('invalid_request', 'version: must be a whole number from 1', { param: 'version' });
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SkeinError('invalid_request', 'The workflow is not UTF-8', { cause });
  }
}
