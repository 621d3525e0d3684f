export { openStore, type Store, type StoreOptions } from './open-store.js';
export { storeProvider } from './store-provider.js';
export { inTransaction } from './transaction.js';
export { askStore, isStoreAway } from './unavailable.js';
export { safeInteger, toSafeInteger } from './columns.js';
export { createOutboxSql, putOutbox, type OutboxEntry, type StoredOutboxEntry } from './outbox.js';
export { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
export { columnArrays, type ArrayColumn, type ColumnArrays } from './column-arrays.js';
export { preparedStatement } from './prepared-statement.js';
