import { Module } from '@nestjs/common';
import { BUS, LIFECYCLE, LOGGER, SETTINGS, type Lifecycle } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { openIdempotencyBook, openLimiter } from '@skein/limits';
import type { Logger } from '@skein/telemetry';
import { AsyncOverNats } from './async/async-over-nats.js';
import { CountTokensDesk } from './anthropic/count-tokens-desk.js';
import { MessagesDesk } from './anthropic/messages-desk.js';
import { BatchesOverNats } from './batches/batches-over-nats.js';
import { BatchesDesk } from './batches/batches-desk.js';
import { BatchesController } from './batches/batches.controller.js';
import { FilesDesk } from './batches/files-desk.js';
import { FilesController } from './batches/files.controller.js';
import { MessageBatchesController } from './batches/message-batches.controller.js';
import { Books } from './door/books.js';
import { CompletionDesk } from './door/completion-desk.js';
import { DoorQueue } from './door/door-queue.js';
import { openDoor } from './door/open-door.js';
import { ExplainDesk } from './door/explain-desk.js';
import { CalloutsDesk } from './door/callouts-desk.js';
import { JobsDesk } from './door/jobs-desk.js';
import { KeysView } from './door/keys.view.js';
import { VendorsDesk } from './door/vendors-desk.js';
import { PoliciesDesk } from './door/policies-desk.js';
import { ReportsDesk } from './door/reports-desk.js';
import { ChatCompletions } from './http/chat-completions.js';
import { ExplainController } from './http/explain.controller.js';
import { CalloutsController } from './http/callouts.controller.js';
import { JobsController } from './http/jobs.controller.js';
import { MessagesController } from './http/messages.controller.js';
import { PlainController } from './http/plain.controller.js';
import { OpsController } from './http/ops.controller.js';
import { VendorsController } from './http/vendors.controller.js';
import { PoliciesController } from './http/policies.controller.js';
import { ReportsController } from './http/reports.controller.js';
import { JobEventsOverNats } from './nats/job-events-over-nats.js';
import { MessagesOverNats } from './nats/messages-over-nats.js';
import { ResponsesController } from './http/responses.controller.js';
import { ResponsesOverNats } from './nats/responses-over-nats.js';
import { BackgroundResponses } from './responses/background-responses.js';
import { ResponsesDesk } from './responses/responses-desk.js';
import { StoredResponses } from './responses/stored-responses.js';
import { PlainOverNats } from './nats/plain-over-nats.js';
import { PlainDesk } from './plain/plain-desk.js';
import { AskedOverNats } from './nats/asked-over-nats.js';
import { NatsDoor } from './nats/nats-door.js';
import type { gatewaySettings } from './settings.js';
import { WorkflowsController } from './workflows/workflows.controller.js';
import { WorkflowsDesk } from './workflows/workflows-desk.js';
import { WorkflowsOverNats } from './workflows/workflows-over-nats.js';
import { IDEMPOTENCY_BOOK, LIMITER } from './tokens.js';

@Module({
  controllers: [
    MessagesController,
    PlainController,
    ResponsesController,
    JobsController,
    CalloutsController,
    FilesController,
    BatchesController,
    MessageBatchesController,
    WorkflowsController,
    ExplainController,
    PoliciesController,
    VendorsController,
    ReportsController,
    OpsController,
  ],
  providers: [
    Books,
    CompletionDesk,
    ChatCompletions,
    ExplainDesk,
    JobsDesk,
    CalloutsDesk,
    FilesDesk,
    BatchesDesk,
    PoliciesDesk,
    VendorsDesk,
    ReportsDesk,
    KeysView,
    MessagesDesk,
    CountTokensDesk,
    MessagesOverNats,
    PlainDesk,
    StoredResponses,
    BackgroundResponses,
    ResponsesDesk,
    ResponsesOverNats,
    PlainOverNats,
    JobEventsOverNats,
    WorkflowsDesk,
    WorkflowsOverNats,
    BatchesOverNats,
    AskedOverNats,
    AsyncOverNats,
    NatsDoor,
    {
      provide: IDEMPOTENCY_BOOK,
      inject: [SETTINGS, LOGGER, LIFECYCLE],
      useFactory: async (settings: SettingsOf<typeof gatewaySettings>, logger: Logger, lifecycle: Lifecycle) => {
        const book = await openIdempotencyBook({ url: settings.REDIS_URL, logger });
        lifecycle.onClose(() => book.close());
        return book;
      },
    },
    {
      provide: DoorQueue,
      inject: [SETTINGS, BUS, LIFECYCLE],
      useFactory: openDoor,
    },
    {
      provide: LIMITER,
      inject: [SETTINGS, LOGGER, LIFECYCLE, BUS],
      useFactory: async (
        settings: SettingsOf<typeof gatewaySettings>,
        logger: Logger,
        lifecycle: Lifecycle,
        bus: Bus,
      ) => {
        const limiter = await openLimiter({
          url: settings.REDIS_URL,
          onStoreDown: settings.LIMITS_ON_STORE_DOWN,
          gateways: () => bus.fleet.processesOf('gateway'),
          logger,
        });
        lifecycle.onClose(() => limiter.close());
        return limiter;
      },
    },
  ],
})
export class GatewayModule {}
