import { connect } from 'nats';

/** Answers to one question on a subject come within this, or not at all. */
const LISTEN_MS = 250;

/** How many processes answer on a subject, seen by a client of its own. */
export async function countResponders(natsUrl: string, subject: string): Promise<number> {
  const { hostname, port, username, password } = new URL(natsUrl);
  const connection = await connect({
    servers: `${hostname}:${port}`,
    user: username,
    pass: decodeURIComponent(password),
  });
  try {
    const replies = await connection.requestMany(subject, '', { maxWait: LISTEN_MS });
    let count = 0;
    // That nobody answers is told by a message too: an empty one.
    for await (const reply of replies) if (reply.data.length > 0) count += 1;
    return count;
  } finally {
    await connection.close();
  }
}
