/** Floor: a bare proxy in one Node process. No key, no limits, no routing, no record. UPSTREAM and PORT in the environment. */
import { createServer } from 'node:http';
import { processEnvironment } from '@skein/config';
import { Pool } from 'undici';

const { UPSTREAM = '', PORT } = processEnvironment();
const pool = new Pool(UPSTREAM, { connections: 256 });

createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (bytes: Buffer) => parts.push(bytes));
  request.on('end', () => {
    pool
      .stream(
        {
          path: request.url ?? '/',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: Buffer.concat(parts),
        },
        ({ statusCode, headers }) => {
          const length = headers['content-length'];
          response.writeHead(statusCode, {
            'content-type': String(headers['content-type']),
            ...(length !== undefined && { 'content-length': String(length) }),
          });
          return response;
        },
      )
      .catch(() => response.destroy());
  });
}).listen(Number(PORT), '127.0.0.1');
