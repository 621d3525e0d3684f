import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, SETTINGS } from '@skein/boot';
import type { SettingsOf } from '@skein/config';
import type { Logger } from '@skein/telemetry';
import { AnswerStore } from './answer-store.js';
import { CacheController } from './cache.controller.js';
import type { cacheSettings } from './settings.js';

@Module({
  controllers: [CacheController],
  providers: [
    {
      provide: AnswerStore,
      inject: [SETTINGS, LOGGER],
      useFactory: (settings: SettingsOf<typeof cacheSettings>, logger: Logger) =>
        new AnswerStore(settings.REDIS_URL, logger),
    },
  ],
})
export class CacheModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #store: AnswerStore;

  constructor(@Inject(AnswerStore) store: AnswerStore) {
    this.#store = store;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#store.open();
  }

  beforeApplicationShutdown(): void {
    this.#store.close();
  }
}
