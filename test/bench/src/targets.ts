/** What is measured side by side. A peer is one more row of `peers.ts`. */
import { benchFile } from './checkout.ts';
import { peers } from './peers.ts';
import { skeinTargets } from './skein-targets.ts';
import type { Place, Target } from './target.ts';

const subject = (script: string) => (place: Place) => ({
  command: [benchFile(`./subjects/${script}`)],
  environment: { ...place.environment, PORT: String(place.ports[0]), UPSTREAM: place.upstream },
});

export const targets: readonly Target[] = [
  {
    name: 'direct',
    kind: 'direct',
    what: 'the load straight at the mock vendor: what the method itself costs',
    start: null,
  },
  {
    name: 'node-raw',
    kind: 'floor',
    what: 'floor: `node:http` + an undici pool. No key, limit, route or record',
    start: subject('node-raw.ts'),
  },
  {
    name: 'chain',
    kind: 'floor',
    what: 'floor of a queue-driven gateway: HTTP → NATS → worker → vendor, nothing else',
    start: subject('chain.ts'),
    hasLauncher: true,
  },
  ...peers,
  ...skeinTargets,
];
