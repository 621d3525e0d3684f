import { Catch, Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { BusStrategy } from '@skein/bus';
import { throwError, type Observable } from 'rxjs';
import { BUS, LIFECYCLE, LOGGER, READINESS, SETTINGS, type RoomContext, type RunningRoom } from './room.js';

/** What a handler throws crosses the bus as it is; the bus turns it into a code. */
@Catch()
class Rethrow {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

@Module({})
class RoomRoot {}

/** The room's module, inside a root that gives it bus, settings, logger, readiness and lifecycle, and one error filter. */
export function roomRoot(room: Type, context: RoomContext, errorFilter: Type = Rethrow): DynamicModule {
  const given = [
    { provide: BUS, useValue: context.bus },
    { provide: SETTINGS, useValue: context.settings },
    { provide: LOGGER, useValue: context.logger },
    { provide: READINESS, useValue: context.readiness },
    { provide: LIFECYCLE, useValue: context.lifecycle },
  ];
  return {
    module: RoomRoot,
    global: true,
    imports: [room],
    providers: [...given, { provide: APP_FILTER, useClass: errorFilter }],
    exports: given.map(({ provide }) => provide),
  };
}

/** Starts a room whose handlers answer on the bus. */
export async function hostOnBus(name: string, module: Type, context: RoomContext): Promise<RunningRoom> {
  const strategy = new BusStrategy(context.bus, name);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(roomRoot(module, context), {
    strategy,
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  strategy.findInstances((type) => app.get<object>(type, { strict: false }));
  await app.listen();
  return { stop: () => app.close() };
}
