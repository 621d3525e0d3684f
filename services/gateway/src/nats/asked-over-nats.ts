import { Inject, Injectable } from '@nestjs/common';
import type { ApiMessage } from '@skein/bus';
import { apiSubjects, type ApiSubject } from '@skein/contracts/gateway';
import { jobLimits, scheduleRequest, webhookRequest } from '@skein/contracts/jobs';
import { RequestBody } from '@skein/contracts/wire';
import { z } from 'zod';
import { CalloutsDesk } from '../door/callouts-desk.js';
import { ExplainDesk } from '../door/explain-desk.js';
import { JobsDesk } from '../door/jobs-desk.js';
import { KeysView } from '../door/keys.view.js';
import { PoliciesDesk, type PolicyVerb } from '../door/policies-desk.js';
import { ReportsDesk } from '../door/reports-desk.js';
import { VendorsDesk, vendorOverride } from '../door/vendors-desk.js';
import { BackgroundResponses } from '../responses/background-responses.js';
import { StoredResponses } from '../responses/stored-responses.js';
import { reply } from './api-replies.js';
import { idOf, pageFields, readAsked, type Answer } from './asked.js';

const named = z.strictObject({ model: z.string().min(1) });
const sinceRequest = z.strictObject({ since: z.string().optional() });
const itemsRequest = z.strictObject({ id: z.string().min(1), order: z.string().optional(), ...pageFields });
const redelivery = z.strictObject({ id: z.string().min(1), delivery: z.string().min(1) });
const vendorRequest = vendorOverride.extend({ vendor: z.string().min(1) });

/**
 * What is asked with one message and answered with one reply: reports, jobs, policies, and what is kept of responses. The
 * body holds what over HTTP stands in the path, the query and the body.
 */
@Injectable()
export class AskedOverNats {
  constructor(
    @Inject(KeysView) private readonly keys: KeysView,
    @Inject(JobsDesk) private readonly jobs: JobsDesk,
    @Inject(CalloutsDesk) private readonly callouts: CalloutsDesk,
    @Inject(ExplainDesk) private readonly explanations: ExplainDesk,
    @Inject(ReportsDesk) private readonly reports: ReportsDesk,
    @Inject(VendorsDesk) private readonly vendors: VendorsDesk,
    @Inject(PoliciesDesk) private readonly policies: PoliciesDesk,
    @Inject(StoredResponses) private readonly stored: StoredResponses,
    @Inject(BackgroundResponses) private readonly background: BackgroundResponses,
  ) {}

  readonly answers = {
    [apiSubjects.jobsSubmit]: async ({ body, key, headers, traceparent }) =>
      (await this.jobs.submit(body, key, headers, traceparent)).job,
    [apiSubjects.jobsGet]: (asked) => this.jobs.get(idOf(asked), asked.key, asked.traceparent),
    [apiSubjects.jobsCancel]: (asked) => this.jobs.cancel(idOf(asked), asked.key, asked.traceparent),
    [apiSubjects.jobsList]: ({ body, key, traceparent }) => this.jobs.list(body, key, traceparent),
    [apiSubjects.jobsRedrive]: ({ body, key, traceparent }) => this.jobs.redrive(body, key, traceparent),
    [apiSubjects.jobsQueue]: ({ key, traceparent }) => this.jobs.queue(key, traceparent),
    [apiSubjects.explain]: ({ body, key, headers, traceparent }) =>
      this.explanations.explain(body, key, headers, traceparent),

    [apiSubjects.responsesGet]: (asked) => this.background.get(idOf(asked), asked.key, asked.traceparent),
    [apiSubjects.responsesCancel]: (asked) => this.background.cancel(idOf(asked), asked.key, asked.traceparent),
    [apiSubjects.responsesDelete]: async (asked) => {
      const id = idOf(asked);
      await this.stored.delete(asked.key.tenant, id);
      return { id, object: 'response', deleted: true };
    },
    [apiSubjects.responsesItems]: (asked) => {
      const { id, ...page } = readAsked(asked, itemsRequest);
      return this.stored.inputItems(asked.key.tenant, id, page);
    },

    [apiSubjects.modelsList]: () => this.reports.models(),
    [apiSubjects.modelsGet]: (asked) => this.reports.model(readAsked(asked, named).model),
    [apiSubjects.requestsGet]: (asked) => this.reports.request(idOf(asked), asked.key, asked.traceparent),
    [apiSubjects.usage]: (asked) =>
      this.reports.usage(readAsked(asked, sinceRequest).since, asked.key, asked.traceparent),

    [apiSubjects.schedulesCreate]: (asked) =>
      this.callouts.createSchedule(readAsked(asked, scheduleRequest), asked.key, asked.headers),
    [apiSubjects.schedulesList]: ({ key }) => this.callouts.listSchedules(key),
    [apiSubjects.schedulesDelete]: (asked) => this.callouts.deleteSchedule(idOf(asked), asked.key),
    [apiSubjects.webhooksCreate]: (asked) => this.callouts.createWebhook(readAsked(asked, webhookRequest), asked.key),
    [apiSubjects.webhooksList]: ({ key }) => this.callouts.listWebhooks(key),
    [apiSubjects.webhooksGet]: (asked) => this.callouts.getWebhook(idOf(asked), asked.key),
    [apiSubjects.webhooksDelete]: (asked) => this.callouts.deleteWebhook(idOf(asked), asked.key),
    [apiSubjects.webhooksRotate]: (asked) => this.callouts.rotateSecret(idOf(asked), asked.key),
    [apiSubjects.webhooksDeliveries]: (asked) => this.callouts.deliveries(idOf(asked), asked.key),
    [apiSubjects.webhooksRedeliver]: (asked) => {
      const { id, delivery } = readAsked(asked, redelivery);
      return this.callouts.redeliver(id, delivery, asked.key);
    },
    [apiSubjects.limitsList]: ({ key }) => this.callouts.listLimits(key),
    [apiSubjects.limitsPut]: (asked) => this.callouts.putLimits(readAsked(asked, jobLimits), asked.key),
    [apiSubjects.vendorsList]: ({ key }) => this.vendors.list(key),
    [apiSubjects.vendorsOverride]: (asked) => {
      const { vendor, out_ms } = readAsked(asked, vendorRequest);
      return this.vendors.override(vendor, out_ms, asked.key, asked.traceparent);
    },

    [apiSubjects.policiesList]: this.#policies('list'),
    [apiSubjects.policiesShow]: this.#policies('show'),
    [apiSubjects.policiesSchema]: this.#policies('schema'),
    [apiSubjects.policiesLint]: this.#policies('lint'),
    [apiSubjects.policiesDiff]: this.#policies('diff'),
    [apiSubjects.policiesApply]: this.#policies('apply'),
    [apiSubjects.policiesRollback]: this.#policies('rollback'),
    [apiSubjects.policiesRollouts]: this.#policies('rollouts'),
    [apiSubjects.policiesSteer]: this.#policies('steer'),
  } satisfies Partial<Record<ApiSubject, Answer>>;

  /** Answers one message of a caller with a key. Throws the caller's `SkeinError`. */
  async serve(answer: Answer, message: ApiMessage, traceparent: string | undefined): Promise<void> {
    const { headers, bytes } = message;
    const key = this.keys.authenticate(headers);
    const body = bytes.length === 0 ? {} : new RequestBody(bytes).json;
    reply(message, {}, await answer({ body, key, headers, traceparent }));
  }

  #policies(verb: PolicyVerb): Answer {
    return ({ body, key, traceparent }) => this.policies.do(verb, body, key, traceparent);
  }
}
