// The sandbox's own counter: one rule for every vendor, so usage is comparable and repeatable, and equals no vendor's tokenizer.
// A token is its leading white space plus: up to 8 letters, or up to 3 digits, or one ideograph, or one other sign.

const MAX_LETTERS = 8;
const MAX_DIGITS = 3;

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000;
}
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
function isIdeograph(code: number): boolean {
  return (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7af) || (code >= 0xf900 && code <= 0xfaff);
}
function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
function isLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return code >= 0xc0 && code < 0x2000 && !isSpace(code);
}

function tokenEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  if (at >= text.length) return at;
  const code = text.charCodeAt(at);
  const isInRun = isLetter(code) ? isLetter : isDigit(code) ? isDigit : undefined;
  if (isInRun === undefined)
    return isHighSurrogate(code) && !isIdeograph(code) ? Math.min(at + 2, text.length) : at + 1;
  const limit = Math.min(text.length, at + (isInRun === isLetter ? MAX_LETTERS : MAX_DIGITS));
  while (at < limit && isInRun(text.charCodeAt(at))) at += 1;
  return at;
}

/** The tokens of a text in order; joined they are the text again. */
export function splitTokens(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at);
    tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

/** How many tokens `splitTokens` would give, without making them. */
export function countTokens(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) at = tokenEnd(text, at);
  return count;
}

/** The text cut after `limit` tokens. */
export function firstTokens(text: string, limit: number): string {
  let at = 0;
  for (let count = 0; count < limit && at < text.length; count += 1) at = tokenEnd(text, at);
  return text.slice(0, at);
}
