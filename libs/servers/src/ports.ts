import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** The remembered port if nobody has it now, else any free one. */
export async function chooseFreePort(remembered?: number): Promise<number> {
  if (remembered !== undefined && (await bind(remembered)) !== null) return remembered;
  const port = await bind(0);
  if (port === null) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

function bind(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(null));
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
