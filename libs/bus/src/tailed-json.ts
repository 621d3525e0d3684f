/**
 * Objects with a tail: one large member that most who get it only pass on. It is written last, on a line of its own, so
 * that what has come can be taken apart without being read, and goes on in the words in which it came. It is still plain
 * JSON for whoever reads it as that. Where nobody wrote it (within a process) the object is as it was made.
 */

/** Where an object keeps a tail that came as text. */
const TAIL = Symbol('tail');

interface Tail {
  readonly name: string;
  readonly text: string;
  value: unknown;
  isRead: boolean;
}

type Tailed = object & { readonly [TAIL]?: Tail };

/** One body of a group, and the words of it on one line. */
export interface TailedBody {
  readonly body: object;
  readonly json: string;
}

/** JSON with the named member last and on a line of its own, where there is one. */
export function writeTailed(value: object, name: string): string {
  const tail = unreadTail(value, name) ?? JSON.stringify((value as Record<string, unknown>)[name]);
  if (tail === undefined) return JSON.stringify(value);
  const head: Record<string, unknown> = {};
  for (const key of Object.keys(value)) if (key !== name) head[key] = (value as Record<string, unknown>)[key];
  const json = JSON.stringify(head);
  return `${json === '{}' ? '{' : `${json.slice(0, -1)},`}\n"${name}":${tail}}`;
}

/** Reads JSON; a tail in it stays text until somebody looks at it. Throws SyntaxError. */
export function readTailed(text: string): unknown {
  const lineEnd = text.indexOf('\n');
  if (lineEnd === -1) return JSON.parse(text) as unknown;
  return readLines(text.slice(0, lineEnd), text.slice(lineEnd + 1, -1)) ?? (JSON.parse(text) as unknown);
}

/** Reads a JSON array of objects that all have tails; null where that is not what it is. Throws SyntaxError. */
export function readTailedGroup(text: string): readonly TailedBody[] | null {
  if (!text.includes('\n')) return null;
  const lines = text.split('\n');
  const bodies: TailedBody[] = [];
  for (let at = 0; at < lines.length; at += 2) {
    const head = at === 0 ? lines[0]?.slice(1) : lines[at];
    // Behind it stands the end of its object, and a comma or the end of the array.
    const rest = lines[at + 1]?.slice(0, -1);
    if (head === undefined || rest === undefined) return null;
    const body = readLines(head, rest.slice(0, -1));
    if (body === null) return null;
    bodies.push({ body, json: head + rest });
  }
  return bodies;
}

/** The text of a tail that has come and was not changed; undefined where the object has none, or was made here. */
export function unreadTail(value: object, name: string): string | undefined {
  const tail = (value as Tailed)[TAIL];
  return tail?.name === name ? tail.text : undefined;
}

/** Gives `into` the named member of `from` (null: there is nothing), without reading it where it came as text. */
export function passTailOn<Name extends string, From extends Readonly<Record<Name, unknown>>, Into extends object>(
  name: Name,
  from: From | null,
  into: Into,
): Into & { [N in Name]: From[N] | null } {
  const text = from === null ? undefined : unreadTail(from, name);
  const whole = text === undefined ? Object.assign(into, { [name]: from?.[name] ?? null }) : withTail(into, name, text);
  return whole as Into & { [N in Name]: From[N] | null };
}

/** Gives `head` a member that is parsed when it is first looked at. */
export function withTail<Head extends object>(head: Head, name: string, text: string): Head {
  const tail: Tail = { name, text, value: undefined, isRead: false };
  Object.defineProperty(head, TAIL, { value: tail });
  return Object.defineProperty(head, name, { get: readTail, enumerable: true, configurable: true });
}

/** One function for all, so that objects with tails share a shape. */
function readTail(this: Tailed): unknown {
  const tail = this[TAIL];
  if (tail === undefined) return undefined;
  if (!tail.isRead) {
    tail.value = JSON.parse(tail.text) as unknown;
    tail.isRead = true;
  }
  return tail.value;
}

const tailStart = /^"(\w+)":/;

/** `head` is an object without its end, `rest` its last member; null where they are not. */
function readLines(head: string, rest: string): object | null {
  const [start, name] = tailStart.exec(rest) ?? [];
  if (start === undefined || name === undefined || !head.startsWith('{')) return null;
  const body = JSON.parse(`${head.endsWith(',') ? head.slice(0, -1) : head}}`) as object;
  return withTail(body, name, rest.slice(start.length));
}
