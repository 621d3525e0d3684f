import { rpc } from '@skein/contracts/make';
import { z } from 'zod';

const echo = z.object({ text: z.string() });

const echoAt = (subject: string) => rpc({ subject, request: echo, reply: echo, errors: [], deadlineMs: 30_000 });

/** Served by another process. */
export const EchoFar = echoAt('skein.rpc.bench.echo-far.v1');
/** Served by the caller's own process: the short cut. */
export const EchoNear = echoAt('skein.rpc.bench.echo-near.v1');

export const RAW_SUBJECT = 'bench.echo';
/** About the size of a chat request. */
export const text = 'x'.repeat(380);
