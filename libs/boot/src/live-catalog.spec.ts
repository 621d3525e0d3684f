import { describe, expect, it } from '@jest/globals';
import { catalog as release } from '@skein/catalog';
import { policyDocument, type PolicyRevision } from '@skein/contracts/router';
import { liveCatalog } from './live-catalog.js';

type Watch = Parameters<typeof liveCatalog>[0]['watchSnapshot'];

/** The watching end of a bus, with a hand to put policies. */
function policyBus() {
  const listeners: ((body: unknown) => void)[] = [];
  const watchSnapshot: Watch = (_snapshot, listener) => {
    listeners.push(listener as (body: unknown) => void);
    return Promise.resolve(() => undefined);
  };
  const put = (catalog: unknown) => {
    const policy = policyDocument.parse({ default: ['openai/gpt-4o'], ...(catalog !== undefined && { catalog }) });
    const revision: PolicyRevision = { revision: 'r', policy };
    for (const listener of listeners) listener(revision);
  };
  return { bus: { watchSnapshot }, put, listeners };
}

const house = { models: [{ id: 'custom/house', prices: [{ input: '1', output: '2' }] }] };

describe('the catalogue in force', () => {
  it("is the release's until a policy adds to it, and again when it no longer does", async () => {
    const { bus, put } = policyBus();
    const live = liveCatalog(bus);
    await live.start();
    expect(live.current).toBe(release);
    put(house);
    expect(live.current.recordOf('custom', 'house')).not.toBeNull();
    put(undefined);
    expect(live.current).toBe(release);
  });

  it('stays the last good one under a policy that cannot be laid over it', async () => {
    const { bus, put } = policyBus();
    const live = liveCatalog(bus);
    await live.start();
    put(house);
    put({ models: [{ id: 'custom/other', like: 'nobody/none' }] });
    expect(live.current.recordOf('custom', 'house')).not.toBeNull();
    expect(live.current.recordOf('custom', 'other')).toBeNull();
  });

  it('is one for all rooms of a process, watched once', async () => {
    const { bus, listeners } = policyBus();
    await Promise.all([liveCatalog(bus).start(), liveCatalog(bus).start()]);
    expect(liveCatalog(bus)).toBe(liveCatalog(bus));
    expect(listeners).toHaveLength(1);
  });
});
