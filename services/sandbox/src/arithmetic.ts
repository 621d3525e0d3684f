// Reads and evaluates the simple arithmetic people type into a prompt. No eval: a small recursive descent over + - * / % ^ ( ).

const CUE =
  /\b(what(?:'s| is)|how much|calculate|compute|evaluate|solve|sum|add|result|equals?|answer)\b|=|等于|多少|计算/i;
const WORDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bplus\b/gi, '+'],
  [/\bminus\b/gi, '-'],
  [/\b(?:times|multiplied by)\b|[×·]/gi, '*'],
  [/\b(?:divided by|over)\b|÷/gi, '/'],
  [/\bto the power of\b|\*\*/gi, '^'],
  [/(\d)\s*%\s*of\b/gi, '$1/100*'],
  [/\bsquare root of\s+(\d+(?:\.\d+)?)/gi, '($1)^0.5'],
  [/(\d),(?=\d{3}\b)/g, '$1'],
];
const EXPRESSION = /[-+]?[(\d][\d\s().+\-*/^%]*[\d)]/g;
const LONGEST_PROMPT = 400;

/** The value of the arithmetic in the prompt, or undefined when the prompt does not ask for one. */
export function arithmeticIn(prompt: string): { expression: string; value: number } | undefined {
  if (prompt.length > LONGEST_PROMPT) return undefined;
  let text = prompt;
  for (const [words, sign] of WORDS) text = text.replace(words, sign);
  const isBare = /^[\s\d().+\-*/^%=?]+$/.test(text);
  if (!isBare && !CUE.test(prompt)) return undefined;
  const candidates = (text.match(EXPRESSION) ?? []).filter((found) => /[\d)]\s*[-+*/^%]\s*[-(\d]/.test(found));
  for (const candidate of candidates) {
    const value = evaluate(candidate);
    if (value !== undefined) return { expression: candidate.replace(/\s+/g, ' ').trim(), value };
  }
  return undefined;
}

/** A number as a person writes it: no float noise. */
export function writeNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}

function evaluate(expression: string): number | undefined {
  const signs = expression.match(/\d+(?:\.\d+)?|[-+*/^%()]/g) ?? [];
  let at = 0;
  const take = (sign: string): boolean => {
    if (signs[at] !== sign) return false;
    at += 1;
    return true;
  };
  const atom = (): number => {
    if (take('-')) return -atom();
    if (take('+')) return atom();
    if (take('(')) {
      const inner = sum();
      return take(')') ? inner : Number.NaN;
    }
    const number = Number(signs[at] ?? 'NaN');
    at += 1;
    return number;
  };
  const power = (): number => {
    const base = atom();
    return take('^') ? base ** power() : base;
  };
  const product = (): number => {
    let value = power();
    for (;;) {
      if (take('*')) value *= power();
      else if (take('/')) value /= power();
      else if (take('%')) value %= power();
      else return value;
    }
  };
  const sum = (): number => {
    let value = product();
    for (;;) {
      if (take('+')) value += product();
      else if (take('-')) value -= product();
      else return value;
    }
  };
  const value = sum();
  return at === signs.length && Number.isFinite(value) ? value : undefined;
}
