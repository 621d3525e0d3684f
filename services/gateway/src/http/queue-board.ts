import { SkeinError, toSkeinError } from '@skein/contracts/errors';
import type { QueueBoard } from '@skein/queue';
import type { FastifyInstance } from 'fastify';
import type { KeysView } from '../door/keys.view.js';
import { doorHeadersOf } from './door-headers.js';
import { sendError } from './error.filter.js';

export const BOARD_PATH = '/admin/queues';

/** Nothing from elsewhere is loaded, and nobody else may put the board into a frame. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Mounts the board for operators: an admin key as bearer, or as the password of the browser's own dialogue, whose user name
 * does not matter. A browser sends that password along with whatever asks it to: changes are taken from the board's own
 * pages alone.
 */
export async function mountQueueBoard(fastify: FastifyInstance, board: QueueBoard, keys: KeysView): Promise<void> {
  await fastify.register(async (scope) => {
    // The door leaves bodies as bytes; the board's own requests are JSON, or empty.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body === '' ? undefined : JSON.parse(String(body)));
      } catch (error) {
        done(new SkeinError('invalid_request', 'The body is not JSON', { cause: error }));
      }
    });
    scope.addHook('onRequest', async (request, reply) => {
      const headers = doorHeadersOf(request.headers);
      void reply.headers({ 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' });
      try {
        const key = keys.authenticate({ ...headers, ...asBearer(headers['authorization']) });
        if (!key.admin) throw new SkeinError('forbidden', 'The queues are for operators: use an admin key');
        if (!READS.has(request.method) && isFromElsewhere(headers['sec-fetch-site']))
          throw new SkeinError('forbidden', 'The queues are changed from their own pages alone');
      } catch (thrown) {
        sendError(reply, toSkeinError(thrown), { 'www-authenticate': 'Basic realm="Skein queues"' });
      }
    });
    await scope.register(board.plugin, { prefix: BOARD_PATH });
  });
}

/** Only browsers say where a request comes from. */
function isFromElsewhere(site: string | undefined): boolean {
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** What a browser sends after its dialogue, as the key it holds. */
function asBearer(authorization: string | undefined): { authorization?: string } {
  const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return {};
  const [, ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { authorization: `Bearer ${password.join(':')}` };
}
