import { connect } from 'node:net';
import { LOOPBACK } from './ports.js';

const PATIENCE_MS = 2_000;

/** Connects, says `greeting` and returns what came back up to `enough`; what came until then if the line closes or stays silent. */
export function talkTo(port: number, greeting: string, enough: RegExp, patienceMs = PATIENCE_MS): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const line = connect({ port, host: LOOPBACK });
    line.setTimeout(patienceMs, () => line.destroy());
    line.once('connect', () => line.write(greeting));
    line.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (enough.test(heard)) line.destroy();
    });
    line.on('error', () => line.destroy());
    line.once('close', () => resolve(heard));
  });
}
