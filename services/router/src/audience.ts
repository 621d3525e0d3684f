import type { Audience, DecideRouteRequest } from '@skein/contracts/router';

/** A tag that names the agent a request comes from. */
const AGENT = 'agent:';

/** Does a rule speak of whoever asks? Every field it has must fit. */
export function speaksOf(who: Audience, { tenant, key_id, metadata }: DecideRouteRequest): boolean {
  if (who.tenant !== undefined && who.tenant !== tenant) return false;
  if (who.key !== undefined && who.key !== key_id) return false;
  if (who.user !== undefined && who.user !== metadata.user) return false;
  return who.agent === undefined || (metadata.tags ?? []).includes(AGENT + who.agent);
}
