import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BUS, liveCatalog } from '@skein/boot';
import { newId, type Bus } from '@skein/bus';
import { formatUsd, isVendorId, type Catalog } from '@skein/catalog';
import { ReportUsage, type KeyRecord } from '@skein/contracts/billing';
import { SkeinError } from '@skein/contracts/errors';
import { GetRequest } from '@skein/contracts/records';
import type { CallContext } from '@skein/contracts/wire';
import { askRoom } from './ask-room.js';
import { publicRecord } from './public-views.js';

const REPORT_MS = 10_000;

/** What one can ask afterwards: a request's record, a key's usage, and which models there are. */
@Injectable()
export class ReportsDesk implements OnApplicationBootstrap {
  constructor(@Inject(BUS) private readonly bus: Bus) {}

  onApplicationBootstrap(): Promise<void> {
    return liveCatalog(this.bus).start();
  }

  /** The catalogue in force. */
  get catalog(): Catalog {
    return liveCatalog(this.bus).current;
  }

  async request(id: string, key: KeyRecord, traceparent: string | undefined) {
    const record = await askRoom(
      'records',
      this.bus.call(GetRequest, { tenant: key.tenant, id }, contextOf(key, traceparent)),
    );
    return publicRecord(record);
  }

  async usage(since: string | undefined, key: KeyRecord, traceparent: string | undefined) {
    const moment = since === undefined ? null : Date.parse(since);
    if (moment !== null && Number.isNaN(moment)) {
      throw new SkeinError('invalid_request', 'since: must be a moment in ISO 8601, such as 2026-11-21T00:00:00Z', {
        param: 'since',
      });
    }
    const { cost_nano_usd, ...report } = await askRoom(
      'billing',
      this.bus.call(ReportUsage, { tenant: key.tenant, key_id: key.id, since: moment }, contextOf(key, traceparent)),
    );
    return { object: 'usage', ...report, cost_usd: formatUsd(cost_nano_usd) };
  }

  /** Models of the vendors that have a worker, as `vendor/model`, and `auto` first. */
  models() {
    const created = 0;
    const { catalog } = this;
    const listed = [...this.bus.fleet.vendors()].flatMap(([vendor]) =>
      isVendorId(vendor)
        ? catalog
            .modelsOf(vendor)
            .map((record) => ({ id: `${vendor}/${record.model}`, object: 'model', created, owned_by: vendor }))
        : [],
    );
    return { object: 'list', data: [{ id: 'auto', object: 'model', created, owned_by: 'skein' }, ...listed] };
  }

  /** Throws `not_found`. */
  model(id: string) {
    const model = this.models().data.find((listed) => listed.id === id);
    if (model === undefined) throw new SkeinError('not_found', `There is no model "${id}" here`, { param: 'model' });
    return model;
  }
}

function contextOf(key: KeyRecord, traceparent: string | undefined): CallContext {
  return { requestId: newId('req'), tenant: key.tenant, deadline: performance.now() + REPORT_MS, traceparent };
}
