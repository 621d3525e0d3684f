import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { QueueBoard } from '@skein/queue';
import type { FastifyInstance } from 'fastify';
import type { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';
import { sendError } from './error.filter.js';

export const BOARD_PATH = '/admin/queues';

/**
 * Mounts the board for operators: an admin key as bearer, or as the password of the browser's own dialogue, whose user name
 * does not matter.
 */
export async function mountQueueBoard(fastify: FastifyInstance, board: QueueBoard, keys: KeysView): Promise<void> {
  await fastify.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const headers = doorHeadersOf(request.headers);
      try {
        const key = keys.authenticate({ ...headers, ...asBearer(headers['authorization']) });
        if (!key.admin) throw new SkeinError('forbidden', 'The queues are for operators: use an admin key');
      } catch (thrown) {
        sendError(reply, toSkeinError(thrown), { 'www-authenticate': 'Basic realm="Skein queues"' });
      }
    });
    await scope.register(board.plugin, { prefix: BOARD_PATH });
  });
}

/** What a browser sends after its dialogue, as the key it holds. */
function asBearer(authorization: string | undefined): { authorization?: string } {
  const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return {};
  const [, ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { authorization: `Bearer ${password.join(':')}` };
}
