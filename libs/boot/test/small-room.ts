import {
  Controller,
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Serves, type ServedContext } from '@skein/bus';
import { secretSetting, setting, type SettingsOf } from '@skein/config';
import { SkeinError } from '@skein/contracts/errors';
import { rpc } from '@skein/contracts/make';
import { z } from 'zod';
import { LIFECYCLE, READINESS, SETTINGS, defineRoom, type Lifecycle, type Readiness } from '../src/index.js';

export const Say = rpc({
  subject: 'skein.rpc.small.say.v1',
  request: z.object({ word: z.string() }),
  reply: z.object({ said: z.string() }),
  errors: ['not_found'],
  deadlineMs: 10_000,
});

const settings = {
  SMALL_PREFIX: setting(z.string({ error: 'is required' }), 'What is said before every word'),
  SMALL_TIMES: setting(z.coerce.number().int().positive().default(1), 'How often it is said'),
  SMALL_KEY: secretSetting(z.string().min(8, 'is too short').optional(), 'A key that must not be shown'),
};

/** What has happened inside the room, and the ends of what a test makes it wait for. */
export const inside = { events: [] as string[], isReady: true, finish: (): void => undefined, failsToStart: false };

@Controller()
class SmallController implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(SETTINGS) private readonly own: SettingsOf<typeof settings>,
    @Inject(READINESS) readiness: Readiness,
    @Inject(LIFECYCLE) lifecycle: Lifecycle,
  ) {
    readiness.add('small', () => inside.isReady);
    lifecycle.onDrain(async (graceMs) => void inside.events.push(`drained within ${graceMs}`));
    lifecycle.onClose(() => void inside.events.push('closed'));
  }

  onApplicationBootstrap(): void {
    if (inside.failsToStart) throw new Error('the room cannot start');
    inside.events.push('started');
  }

  beforeApplicationShutdown(): void {
    inside.events.push('shut down');
  }

  @Serves(Say)
  async say({ word }: { word: string }, _context: ServedContext) {
    if (word === 'unknown') throw new SkeinError('not_found', 'no such word', { param: 'word' });
    if (word === 'slow') await new Promise<void>((resolve) => (inside.finish = resolve));
    inside.events.push(`said ${word}`);
    return { said: `${this.own.SMALL_PREFIX}${word}`.repeat(this.own.SMALL_TIMES) };
  }
}

@Module({ controllers: [SmallController] })
class SmallModule {}

export const smallRoom = defineRoom({ name: 'small', settings, module: SmallModule });
