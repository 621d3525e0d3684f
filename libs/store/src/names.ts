const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** Checks a name that goes into SQL as it is. Throws RangeError unless it is a plain lower-case identifier. */
export function plainIdentifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw new RangeError(`"${name}" must be a lower-case SQL identifier`);
  return name;
}

/** The schema of a room: its name, with underscores for hyphens. */
export function schemaOf(room: string): string {
  return plainIdentifier(room.replaceAll('-', '_'));
}
