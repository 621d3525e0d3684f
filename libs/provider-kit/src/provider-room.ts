import {
  Controller,
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CountTokens } from '@skein/contracts/classifier';
import { SkeinError } from '@skein/contracts/errors';
import {
  cancelVendorBatchAt,
  collectVendorBatchAt,
  lookAtVendorBatchAt,
  probeVendorAt,
  runAttemptAt,
  submitVendorBatchAt,
  type AttemptOrder,
  type AttemptOutcome,
  type VendorBatchLook,
} from '@skein/contracts/provider';
import type { VendorId } from '@skein/catalog';
import type { AnnouncedVendor } from '@skein/contracts/wire';
import {
  BUS,
  LIFECYCLE,
  LOGGER,
  SETTINGS,
  defineRoom,
  liveCatalog,
  type Lifecycle,
  type RoomDefinition,
} from '@skein/boot';
import { Serves, type Bus, type ServedContext } from '@skein/bus';
import type { Logger } from '@skein/telemetry';
import { openLine } from './call-vendor.js';
import { systemClock } from './clock.js';
import { KeyRing } from './key-ring.js';
import { probeVendor, type Probe } from './probe-vendor.js';
import { runAttempt, type AttemptWorker } from './run-attempt.js';
import type { VendorAdapter } from './vendor-adapter.js';
import { batchDialects } from './vendor-batch/batch-dialects.js';
import { VendorBatches, type VendorBatch } from './vendor-batch/vendor-batches.js';
import { SiteRing, type Site } from './sites.js';
import {
  chooseDeployment,
  vendorSettings,
  type Deployment,
  type SiteSettings,
  type VendorSettings,
} from './vendor-settings.js';

const WORKER = Symbol('WORKER');

/** Serves attempts at one vendor, up to a limit: above it the caller is told at once and asks another worker. */
export class ProviderWorker {
  #running = 0;

  constructor(
    readonly deployment: Deployment,
    private readonly worker: AttemptWorker,
    private readonly ring: SiteRing,
  ) {}

  /** Runs an attempt. Throws SkeinError `worker_busy` at the limit, `unavailable` where facts cannot be stated. */
  async run(order: AttemptOrder, context: ServedContext): Promise<AttemptOutcome> {
    if (this.#running >= this.deployment.concurrency) {
      throw new SkeinError(
        'worker_busy',
        `This worker runs ${this.#running} attempts at ${order.head.vendor} already.`,
      );
    }
    const [site, ...spares] = this.ring.inOrder();
    this.#running++;
    this.ring.enter(site);
    try {
      return await runAttempt(this.#workerAt(site, spares), order, context);
    } finally {
      this.ring.leave(site);
      this.#running--;
    }
  }

  /** Member by member: a spread would go through the getter's slow way for every attempt. */
  #workerAt({ line, keys }: Site, spares: readonly Site[]): AttemptWorker {
    const { adapter, bus, logger, catalog, clock, sandboxed, countTokens, onKeyRejected } = this.worker;
    return { adapter, bus, logger, catalog, clock, sandboxed, countTokens, onKeyRejected, line, keys, spares };
  }

  /** What the mesh is told of this worker. */
  get announced(): AnnouncedVendor {
    const { mode, concurrency } = this.deployment;
    const { vendor } = this.worker.adapter;
    const { sites } = this.ring;
    const keys = {
      total: sites.reduce((sum, site) => sum + site.keys.size, 0),
      set_aside: sites.reduce((sum, site) => sum + site.keys.setAsideCount, 0),
    };
    return { vendor: vendor.id, mode, concurrency, keys };
  }

  probe(withinMs: number): Promise<Probe> {
    return probeVendor(this.worker, withinMs);
  }

  /** Batches at the vendor, where its batch API is spoken; at its first deployment. Throws `unavailable` where it is not. */
  get batches(): VendorBatches {
    const dialect = batchDialects[this.worker.adapter.vendor.id];
    if (dialect === undefined) {
      throw new SkeinError('unavailable', `The batch API of ${this.worker.adapter.vendor.id} is not spoken.`);
    }
    return new VendorBatches(this.worker, dialect);
  }

  /** Closes the connections. Called once the bus has drained: what still runs then has had its time. */
  async close(): Promise<void> {
    await Promise.all(this.ring.sites.map(({ line }) => line.pool.destroy()));
  }
}

/** Makes the worker of a vendor from its settings. Throws SettingsError where it can be neither live nor sandboxed. */
export function makeProviderWorker(
  adapter: VendorAdapter,
  settings: VendorSettings,
  bus: Bus,
  logger: Logger,
): ProviderWorker {
  const deployment = chooseDeployment(adapter.vendor, settings);
  const catalog = liveCatalog(bus);
  const { others, concurrency } = deployment;
  const open = ({ id, baseUrl, region, keys, weight }: SiteSettings): Site => ({
    id,
    weight,
    line: openLine(adapter.vendor.id, baseUrl, concurrency, region),
    keys: new KeyRing(keys, others.length === 0 ? null : id),
  });
  const first = open(deployment);
  const ring = new SiteRing([first, ...others.map(open)]);
  const worker: ProviderWorker = new ProviderWorker(
    deployment,
    {
      adapter,
      bus,
      logger,
      get catalog() {
        return catalog.current;
      },
      clock: systemClock,
      keys: first.keys,
      line: first.line,
      sandboxed: deployment.mode === 'sandbox',
      countTokens: (body, { withinMs, ...caller }) =>
        bus.call(CountTokens, {}, { ...caller, deadline: performance.now() + withinMs }, { body }),
      onKeyRejected: () => bus.announceVendor(worker.announced),
    },
    ring,
  );
  return worker;
}

function batchController(vendor: VendorId) {
  @Controller()
  class VendorBatchController {
    constructor(@Inject(WORKER) private readonly worker: ProviderWorker) {}

    @Serves(submitVendorBatchAt(vendor))
    submit(batch: VendorBatch, { body }: ServedContext): Promise<{ vendor_batch_id: string }> {
      return this.worker.batches.submit(batch, body);
    }

    @Serves(lookAtVendorBatchAt(vendor))
    look({ mark, vendor_batch_id, attempt_ids, submitted_at }: VendorBatchLook) {
      const lost = { mark, attemptIds: new Set(attempt_ids), submittedAt: submitted_at };
      return this.worker.batches.look(lost, vendor_batch_id);
    }

    @Serves(collectVendorBatchAt(vendor))
    async collect(batch: VendorBatch & { vendor_batch_id: string }, { body }: ServedContext) {
      return { results: await this.worker.batches.collect(batch, body) };
    }

    @Serves(cancelVendorBatchAt(vendor))
    async cancel({ vendor_batch_id }: { vendor_batch_id: string }): Promise<object> {
      await this.worker.batches.cancel(vendor_batch_id);
      return {};
    }
  }
  return VendorBatchController;
}

/** The room `provider-<vendor>`: serves attempts at the vendor whose dialect the adapter speaks, and announces it. */
export function providerRoom(adapter: VendorAdapter): RoomDefinition {
  const { vendor } = adapter;

  @Controller()
  class AttemptController implements OnApplicationBootstrap, BeforeApplicationShutdown {
    constructor(
      @Inject(WORKER) private readonly worker: ProviderWorker,
      @Inject(BUS) private readonly bus: Bus,
      @Inject(LIFECYCLE) lifecycle: Lifecycle,
    ) {
      lifecycle.onServing(() => bus.announceVendor(worker.announced));
    }

    /** What the operator added is known before the first attempt. */
    onApplicationBootstrap(): Promise<void> {
      return liveCatalog(this.bus).start();
    }

    @Serves(runAttemptAt(vendor.id))
    runAttempt(order: AttemptOrder, context: ServedContext): Promise<AttemptOutcome> {
      return this.worker.run(order, context);
    }

    @Serves(probeVendorAt(vendor.id))
    probe(request: { within_ms: number }): Promise<Probe> {
      return this.worker.probe(request.within_ms);
    }

    beforeApplicationShutdown(): Promise<void> {
      return this.worker.close();
    }
  }

  const controllers =
    batchDialects[vendor.id] === undefined ? [AttemptController] : [AttemptController, batchController(vendor.id)];

  @Module({
    controllers,
    providers: [
      {
        provide: WORKER,
        inject: [SETTINGS, BUS, LOGGER],
        useFactory: (settings: VendorSettings, bus: Bus, logger: Logger) =>
          makeProviderWorker(adapter, settings, bus, logger),
      },
    ],
  })
  class ProviderModule {}

  return defineRoom({ name: `provider-${vendor.id}`, settings: vendorSettings(vendor), module: ProviderModule });
}
