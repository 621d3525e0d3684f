import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { MakeWorkflows1760000000010 } from './migrations/1760000000010-make-workflows.js';
import type { WorkflowsSettings } from './settings.js';
import { WorkflowsController } from './workflows.controller.js';
import { WORKFLOWS_STORE, WorkflowsRepository } from './workflows.repository.js';

@Module({
  controllers: [WorkflowsController],
  providers: [
    storeProvider<[WorkflowsSettings, Logger]>(WORKFLOWS_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'workflows',
      entities: [],
      migrations: [MakeWorkflows1760000000010],
      logger,
      poolSize: 10,
    })),
    WorkflowsRepository,
  ],
})
export class WorkflowsModule {}
