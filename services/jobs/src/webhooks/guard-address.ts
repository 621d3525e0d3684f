// Where a webhook may not go: addresses of our own network. Checked after the name was resolved, for every address it has.
import ipaddr from 'ipaddr.js';

/** CIDR ranges that are allowed although they are private. Throws RangeError for what is none. */
export function readAllowed(written: string): readonly string[] {
  const ranges = written
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  for (const range of ranges) if (!ipaddr.isValidCIDR(range)) throw new RangeError(`"${range}" is not a CIDR range`);
  return ranges;
}

/** May a webhook go to this address? Public unicast ones, and what is allowed by name. */
export function isAllowed(address: string, allowed: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  // An IPv4 address in IPv6's clothes is judged as what it is.
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'unicast') return true;
  return allowed.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  });
}
