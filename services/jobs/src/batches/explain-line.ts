import { Inject, Injectable } from '@nestjs/common';
import { BUS } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { catalog, isVendorId, type ModelRecord } from '@skein/catalog';
import type { WireError } from '@skein/contracts/errors';
import { ExplainRoute } from '@skein/contracts/orchestrator';
import type { RoutePlan } from '@skein/contracts/router';
import { RequestBody } from '@skein/contracts/wire';
import { readBodyMetadata } from '../read-submission.js';

/** Where a line would go first. */
export interface ExplainedLine {
  readonly plan: RoutePlan;
  /** Of the model that would be asked first; null where it is not in the catalogue. */
  readonly record: ModelRecord | null;
}

/** Asks where lines would go, without running them. */
@Injectable()
export class LineExplainer {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  /** The error says why no plan can be made. Rejects where nobody can tell. */
  async explain(tenant: string, body: Readonly<Record<string, unknown>>): Promise<ExplainedLine | WireError> {
    const asked = {
      model: String(body['model']),
      stream: false,
      max_output_tokens: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
      metadata: { priority: 'low' as const, ...readBodyMetadata(body) },
      tenant,
    };
    const context = { requestId: newId('exp'), tenant, deadline: performance.now() + ExplainRoute.deadlineMs };
    const { plan, error } = await this.bus.call(ExplainRoute, asked, context, { body: RequestBody.of(body) });
    const [first] = plan?.candidates ?? [];
    if (plan === null || first === undefined) return error ?? nothing;
    return { plan, record: isVendorId(first.vendor) ? catalog.recordOf(first.vendor, first.model) : null };
  }
}

const nothing: WireError = { code: 'internal', message: 'No plan was made.', source: 'skein' };

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
