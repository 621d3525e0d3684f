import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { AttemptRecordRow } from './attempt-record.entity.js';
import { ExpireResponses1760000000041 } from './migrations/1760000000041-expire-responses.js';
import { MakeRecords1760000000002 } from './migrations/1760000000002-make-records.js';
import { RecordsController } from './records.controller.js';
import { RecordsFeed } from './records-feed.js';
import { RECORDS_STORE, RecordsRepository } from './records.repository.js';
import { ResponsesController } from './responses.controller.js';
import { ResponsesRepository } from './responses.repository.js';
import { ResponsesSweep } from './responses-sweep.js';
import { StoredResponseRow } from './stored-response.entity.js';
import { StoreResponses1760000000021 } from './migrations/1760000000021-store-responses.js';
import { RequestRecordRow } from './request-record.entity.js';
import type { RecordsSettings } from './settings.js';

@Module({
  controllers: [RecordsController, ResponsesController],
  providers: [
    storeProvider<[RecordsSettings, Logger]>(RECORDS_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'records',
      entities: [AttemptRecordRow, RequestRecordRow, StoredResponseRow],
      migrations: [MakeRecords1760000000002, StoreResponses1760000000021, ExpireResponses1760000000041],
      logger,
    })),
    RecordsRepository,
    ResponsesRepository,
    ResponsesSweep,
    RecordsFeed,
  ],
})
export class RecordsModule {}
