import { Module } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import { storeProvider } from '@skein/store';
import type { Logger } from '@skein/telemetry';
import { BillingController } from './billing.controller.js';
import { KeysPublisher } from './keys/keys-publisher.js';
import { LedgerFeed } from './ledger/ledger-feed.js';
import { LedgerPosting } from './ledger/ledger-posting.entity.js';
import { LEDGER_STORE, LedgerRepository } from './ledger/ledger.repository.js';
import { MakeLedger1760000000001 } from './migrations/1760000000001-make-ledger.js';
import { KeepExchangeRates1760000000004 } from './migrations/1760000000004-keep-exchange-rates.js';
import type { BillingSettings } from './settings.js';

@Module({
  controllers: [BillingController],
  providers: [
    storeProvider<[BillingSettings, Logger]>(LEDGER_STORE, [SETTINGS, LOGGER], (settings, logger) => ({
      url: settings.DATABASE_URL,
      name: 'billing',
      entities: [LedgerPosting],
      migrations: [MakeLedger1760000000001, KeepExchangeRates1760000000004],
      logger,
    })),
    LedgerRepository,
    LedgerFeed,
    KeysPublisher,
  ],
})
export class BillingModule {}
