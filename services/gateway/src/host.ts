import multipart from '@fastify/multipart';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { roomRoot, type RoomContext, type RunningRoom } from '@skein/boot';
import type { IdempotencyBook } from '@skein/limits';
import { openQueueBoard } from '@skein/queue';
import { openAsyncDoor } from './async/async-door.js';
import { JobsDesk } from './door/jobs-desk.js';
import { KeysView } from './door/keys.view.js';
import { GatewayModule } from './gateway.module.js';
import { ChatCompletions } from './http/chat-completions.js';
import { HttpErrorFilter } from './http/error.filter.js';
import { Farewell } from './http/farewell.js';
import { BOARD_PATH, mountQueueBoard } from './http/queue-board.js';
import type { gatewaySettings } from './settings.js';
import { IDEMPOTENCY_BOOK, METRICS } from './tokens.js';

@Module({})
class GatewayRoot {}

/** Opens the HTTP door: Fastify under Nest, bodies left as the bytes they came in. A taken port is a clear error. */
export async function hostGateway(context: RoomContext<typeof gatewaySettings>): Promise<RunningRoom> {
  const { GATEWAY_HOST: host, GATEWAY_PORT: port, GATEWAY_BODY_LIMIT_BYTES: bodyLimit } = context.settings;
  const app = await NestFactory.create<NestFastifyApplication>(
    root(context),
    // Who still comes over a connection it kept is answered, while the door closes, not turned away.
    new FastifyAdapter({ bodyLimit, forceCloseConnections: 'idle', return503OnClosing: false }),
    {
      logger: ['error', 'warn'],
      bodyParser: false,
      abortOnError: false,
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  openAsyncDoor(fastify, {
    keys: app.get(KeysView),
    jobs: app.get(JobsDesk),
    book: app.get<IdempotencyBook>(IDEMPOTENCY_BOOK),
    logger: context.logger,
  });
  // A scope of its own, opened before what only other calls need adds its hooks to the rest.
  await fastify.register((scope) => Promise.resolve(app.get(ChatCompletions).openAt(scope)));
  await fastify.register(multipart, { limits: { fileSize: bodyLimit, files: 2 } });
  const board = openQueueBoard(context.settings.REDIS_URL, BOARD_PATH, context.logger);
  context.lifecycle.onClose(() => board.close());
  await mountQueueBoard(fastify, board, app.get(KeysView));
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw explainListenFailure(error, host, port);
  }
  // Requests under way keep their rooms until the last is answered.
  const farewell = new Farewell(app.getHttpServer());
  context.lifecycle.onDrain(async (graceMs) => {
    await farewell.say(graceMs);
    await Promise.race([app.close(), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
  });
  return { stop: () => app.close() };
}

function root(context: RoomContext<typeof gatewaySettings>): DynamicModule {
  const own = [{ provide: METRICS, useValue: context.metrics }];
  return {
    module: GatewayRoot,
    global: true,
    imports: [roomRoot(GatewayModule, context, HttpErrorFilter)],
    providers: own,
    exports: own.map(({ provide }) => provide),
  };
}

function explainListenFailure(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? new Error(`Port ${port} on ${host} is taken by another program: stop it, or set GATEWAY_PORT to a free one`, {
        cause: error,
      })
    : error;
}
