import type { LocalProfile } from './local-profile.js';

/** What a person needs to know once the mesh is ready, on one screen. */
export function readyBlock(profile: LocalProfile, seconds: number): string {
  const { http, key, servers, vendors } = profile;
  const shownKey = key ?? '<a key of SKEIN_CONFIG>';
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  return `
Skein is ready (${seconds.toFixed(1)} s)

  HTTP       ${http}   OpenAI-compatible at ${http}/v1
  NATS       ${servers.nats.customerUrl}
  key        ${shownKey}
  live       ${list(vendors.live)}
  sandboxed  ${list(vendors.sandboxed)}${vendors.sandboxed.length > 0 ? '\n             (answers are made up; set a key such as OPENAI_API_KEY to go live)' : ''}

A first request:

  curl ${http}/v1/chat/completions \\
    -H 'Authorization: Bearer ${shownKey}' -H 'Content-Type: application/json' \\
    -d '{"model":"auto","messages":[{"role":"user","content":"Say hello in three languages"}]}'

  npm run skein -- ask "Say hello in three languages"

Stop with Ctrl-C.
`;
}
