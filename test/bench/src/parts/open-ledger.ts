/** The ledger's own repository over a store of its own, made by the room's built functions. */
import type { DataSource } from 'typeorm';
import { openStore } from '@skein/store';
import { createLogger } from '@skein/telemetry';
import { LedgerPosting } from '../../../../services/billing/dist/src/ledger/ledger-posting.entity.js';
import { LedgerRepository } from '../../../../services/billing/dist/src/ledger/ledger.repository.js';
import { MakeLedger1760000000001 } from '../../../../services/billing/dist/src/migrations/1760000000001-make-ledger.js';
import { KeepExchangeRates1760000000004 } from '../../../../services/billing/dist/src/migrations/1760000000004-keep-exchange-rates.js';

const STATEMENT_TIMEOUT_MS = 120_000;

export interface OpenLedger {
  readonly ledger: LedgerRepository;
  readonly store: DataSource;
  /** Its columns that a posting fills. */
  readonly columns: readonly string[];
}

export async function openLedger(databaseUrl: string): Promise<OpenLedger> {
  const store = await openStore({
    url: databaseUrl,
    name: 'billing',
    entities: [LedgerPosting],
    migrations: [MakeLedger1760000000001, KeepExchangeRates1760000000004],
    logger: createLogger('bench', 'warn'),
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const columns = store.getMetadata(LedgerPosting).columns.filter(({ isInsert }) => isInsert);
  return { ledger: new LedgerRepository(store), store, columns: columns.map(({ databaseName }) => databaseName) };
}
