// What a refresh changes, a line a change, for the one who reads it before it is committed. Pure: rows in, lines out.

const id = ({ vendor, model }) => `${vendor}/${model}`;
const usd = (pico) => `$${(pico / 1_000_000).toFixed(6).replace(/\.?0+$/, '')}`;

/** Lines, sorted by model: `+` new, `-` gone, `~` changed, with each field's old and new value. */
export function describeChanges(before, after) {
  const [old, now] = [before, after].map((rows) => new Map(rows.map((row) => [id(row), row])));
  const lines = [];
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [was, is] = [old.get(name), now.get(name)];
    if (!was) lines.push(`+ ${name}  ${is.kind}, ${is.status}, ${describePrices(is)}`);
    else if (!is) lines.push(`- ${name}  was ${was.status}, ${describePrices(was)}`);
    else lines.push(...changesOf(was, is).map((change) => `~ ${name}  ${change}`));
  }
  return lines;
}

function changesOf(was, is) {
  const fields = ['kind', 'status', 'context_window', 'max_output_tokens', 'can', 'cannot', 'served_as'];
  const changes = fields
    .filter((field) => JSON.stringify(was[field] ?? null) !== JSON.stringify(is[field] ?? null))
    .map((field) => `${field}: ${show(was[field])} → ${show(is[field])}`);
  if (JSON.stringify(was.prices ?? []) !== JSON.stringify(is.prices ?? [])) {
    changes.push(`price: ${describePrices(was)} → ${describePrices(is)}`);
  }
  return changes;
}

function show(value) {
  if (value === undefined || value === null) return 'unknown';
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
}

/** Per million tokens; every period and tier, because each can be what changed. */
function describePrices({ prices = [] }) {
  if (prices.length === 0) return 'price unknown';
  const buckets = (all) =>
    Object.entries(all)
      .map(([bucket, pico]) => `${bucket} ${usd(pico)}`)
      .join(' ');
  return prices
    .map(({ from, base, tiers = [] }) => {
      const over = tiers.map((tier) => ` | over ${tier.over_tokens}: ${buckets(tier.prices)}`).join('');
      return `${from ? `from ${from}: ` : ''}${buckets(base)}${over}`;
    })
    .join('; ');
}
