import type { FactoryProvider, InjectionToken, OnApplicationShutdown } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { openStore, type StoreOptions } from './open-store.js';

/**
 * The Nest provider of a room's `DataSource` under `token`: opened while the module is set up, closed after the room has
 * stopped. `options` receives what `inject` names, in that order.
 */
export function storeProvider<Injected extends readonly unknown[]>(
  token: InjectionToken,
  inject: { readonly [Index in keyof Injected]: InjectionToken<Injected[Index]> },
  options: (...injected: Injected) => StoreOptions,
): FactoryProvider<DataSource & OnApplicationShutdown> {
  return {
    provide: token,
    inject: [...inject],
    useFactory: async (...injected) => {
      const dataSource = await openStore(options(...(injected as unknown as Injected)));
      return Object.assign(dataSource, { onApplicationShutdown: () => dataSource.destroy() });
    },
  };
}
