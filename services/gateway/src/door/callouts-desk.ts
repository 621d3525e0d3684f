import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import type { KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import {
  CreateSchedule,
  CreateWebhook,
  DeleteSchedule,
  DeleteWebhook,
  GetWebhook,
  ListDeliveries,
  ListJobLimits,
  ListSchedules,
  ListWebhooks,
  PutJobLimits,
  Redeliver,
  RotateWebhookSecret,
  type JobLimits,
  type ScheduleRequest,
  type webhookRequest,
} from '@skein/contracts/jobs';
import type { Rpc } from '@skein/contracts/make';
import type { z } from 'zod';
import { askRoom } from './ask-room.js';
import { callerOf } from './completion-desk.js';
import { canonicalJob } from './jobs-desk.js';
import type { DoorHeaders } from './read-chat.js';

const CALL_MS = 10_000;
const DELIVERIES = 100;

/** The door's way to what the jobs room does unasked: schedules, webhooks, and the bounds that operators set. */
@Injectable()
export class CalloutsDesk {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  createSchedule(schedule: ScheduleRequest, key: KeyRecord, headers: DoorHeaders) {
    const { submission, user, cost_center: costCenter } = canonicalJob(schedule.job, headers);
    const request = { caller: callerOf(key, user, costCenter), schedule: { ...schedule, job: submission } };
    return this.#call(CreateSchedule, request, key);
  }

  async listSchedules(key: KeyRecord) {
    const { schedules } = await this.#call(ListSchedules, { tenant: key.tenant }, key);
    return { object: 'list', data: schedules };
  }

  async deleteSchedule(id: string, key: KeyRecord) {
    return { ...(await this.#call(DeleteSchedule, { tenant: key.tenant, id }, key)), deleted: true };
  }

  createWebhook(webhook: z.infer<typeof webhookRequest>, key: KeyRecord) {
    return this.#call(CreateWebhook, { tenant: key.tenant, webhook }, key);
  }

  getWebhook(id: string, key: KeyRecord) {
    return this.#call(GetWebhook, { tenant: key.tenant, id }, key);
  }

  async listWebhooks(key: KeyRecord) {
    const { webhooks } = await this.#call(ListWebhooks, { tenant: key.tenant }, key);
    return { object: 'list', data: webhooks };
  }

  async deleteWebhook(id: string, key: KeyRecord) {
    return { ...(await this.#call(DeleteWebhook, { tenant: key.tenant, id }, key)), deleted: true };
  }

  rotateSecret(id: string, key: KeyRecord) {
    return this.#call(RotateWebhookSecret, { tenant: key.tenant, id }, key);
  }

  async deliveries(id: string, key: KeyRecord) {
    const { deliveries } = await this.#call(ListDeliveries, { tenant: key.tenant, id, limit: DELIVERIES }, key);
    return { object: 'list', data: deliveries };
  }

  redeliver(id: string, delivery: string, key: KeyRecord) {
    return this.#call(Redeliver, { tenant: key.tenant, id, delivery }, key);
  }

  putLimits(limits: JobLimits, key: KeyRecord) {
    operatorsOnly(key);
    return this.#call(PutJobLimits, limits, key);
  }

  async listLimits(key: KeyRecord) {
    operatorsOnly(key);
    return { object: 'list', data: (await this.#call(ListJobLimits, {}, key)).limits };
  }

  async #call<Request, Reply>(contract: Rpc<Request, Reply>, request: Request, key: KeyRecord): Promise<Reply> {
    const context = { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + CALL_MS };
    return askRoom('jobs', this.bus.call(contract, request, context));
  }
}

function operatorsOnly(key: KeyRecord): void {
  if (!key.admin) throw new SkeinError('forbidden', 'This is for operators: use an admin key');
}
