// A text that matches a JSON-schema `pattern`. Covers what schemas use: literals, classes, groups, alternation, quantifiers, anchors.

const CLASSES: Readonly<Record<string, string>> = { d: '4', w: 'a', s: ' ', D: 'x', W: '-', S: 'a' };
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).sort(
  (a, b) => Number(/\w/.test(b)) - Number(/\w/.test(a)),
);

/** A text the pattern accepts, or undefined when the pattern uses something not covered here. */
export function textForPattern(pattern: string): string | undefined {
  let accepts: RegExp;
  try {
    accepts = new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
  const reader = { pattern, at: 0 };
  const text = alternatives(reader);
  return accepts.test(text) ? text : undefined;
}

interface Reader {
  pattern: string;
  at: number;
}

function alternatives(reader: Reader): string {
  let first: string | undefined;
  for (;;) {
    const branch = sequence(reader);
    first ??= branch;
    if (reader.pattern[reader.at] !== '|') return first;
    reader.at += 1;
  }
}

function sequence(reader: Reader): string {
  let text = '';
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) {
    const piece = atom(reader);
    text += piece.repeat(repetitions(reader));
  }
  return text;
}

function repetitions(reader: Reader): number {
  const rest = reader.pattern.slice(reader.at);
  const braces = /^\{(\d+)(?:,(\d*))?\}/.exec(rest);
  let count = 1;
  if (braces) {
    reader.at += braces[0].length;
    count = Number(braces[1]);
  } else if (rest[0] === '*' || rest[0] === '+' || rest[0] === '?') {
    reader.at += 1;
    count = rest[0] === '+' ? 1 : 0;
  }
  if (reader.pattern[reader.at] === '?') reader.at += 1;
  return count;
}

function atom(reader: Reader): string {
  const sign = reader.pattern[reader.at] ?? '';
  reader.at += 1;
  if (sign === '^' || sign === '$') return '';
  if (sign === '.') return 'a';
  if (sign === '\\') return escape(reader);
  if (sign === '[') return bracket(reader);
  if (sign !== '(') return sign;
  const prefix = /^\?(?::|<[A-Za-z]\w*>|=|!|<=|<!)/.exec(reader.pattern.slice(reader.at));
  reader.at += prefix?.[0].length ?? 0;
  const inner = alternatives(reader);
  reader.at += 1;
  const isLookaround = prefix !== null && /^\?<?[=!]/.test(prefix[0]);
  return isLookaround ? '' : inner;
}

function escape(reader: Reader): string {
  const letter = reader.pattern[reader.at] ?? '';
  reader.at += 1;
  if (letter === 'b' || letter === 'B') return '';
  if (letter === 'n') return '\n';
  if (letter === 't') return '\t';
  if (letter === 'p' || letter === 'P') {
    reader.at = reader.pattern.indexOf('}', reader.at) + 1;
    return 'a';
  }
  return CLASSES[letter] ?? letter;
}

function bracket(reader: Reader): string {
  const start = reader.at - 1;
  while (reader.at < reader.pattern.length && reader.pattern[reader.at] !== ']') {
    reader.at += reader.pattern[reader.at] === '\\' ? 2 : 1;
  }
  reader.at += 1;
  const accepts = new RegExp(`^${reader.pattern.slice(start, reader.at)}$`, 'u');
  return PRINTABLE.find((candidate) => accepts.test(candidate)) ?? '';
}
