/** JSON that is small and still shows in a diff what changed: a line for each member, and for each element of a list. */
export function toLines(value: object): string {
  return `{\n${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${lines(member, 2)}`)
    .join(',\n')}\n}\n`;
}

function lines(value: unknown, depth: number): string {
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return value.length === 0
      ? '[]'
      : `[\n${value.map((element) => lines(element, holdsLists(element) ? depth : 0)).join(',\n')}\n]`;
  }
  if (!holdsLists(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${lines(member, depth - 1)}`);
  return `{\n${members.join(',\n')}\n}`;
}

const holdsLists = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).some((member) => Array.isArray(member) && member.some((one) => typeof one === 'object'));
