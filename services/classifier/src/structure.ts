/** Signs of structure in a text, counted in one pass over its character codes: they speak where words are silent. */
export interface Structure {
  readonly length: number;
  readonly codeFences: number;
  /** `{ } ; = < > ( ) [ ] _` as a share of all characters. */
  readonly codeShare: number;
  /** Runs of digits. */
  readonly numbers: number;
  /** `+ - * / = ^ % $ ×  ÷` beside a digit or a blank. */
  readonly operators: number;
  readonly lines: number;
  readonly questionMarks: number;
}

const CODE_SIGNS = new Uint8Array(128);
for (const sign of '{};=<>()[]_') CODE_SIGNS[sign.charCodeAt(0)] = 1;
const OPERATORS = new Uint8Array(128);
for (const sign of '+-*/=^%$') OPERATORS[sign.charCodeAt(0)] = 1;

const BACKTICK = 96;
const NEWLINE = 10;
const QUESTION = 63;
const WIDE_QUESTION = 0xff1f;
const TIMES = 0xd7;
const DIVIDED = 0xf7;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Counts the signs of structure of a text. */
export function readStructure(text: string): Structure {
  let fences = 0;
  let codeSigns = 0;
  let numbers = 0;
  let operators = 0;
  let lines = 1;
  let questionMarks = 0;
  let before = 32;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) {
      if (!isDigit(before)) numbers += 1;
    } else if (code < 128) {
      codeSigns += CODE_SIGNS[code] ?? 0;
      if (OPERATORS[code] === 1 && (isDigit(before) || before === 32)) operators += 1;
      if (code === NEWLINE) lines += 1;
      if (code === QUESTION) questionMarks += 1;
      if (code === BACKTICK && before === BACKTICK && text.charCodeAt(index + 1) === BACKTICK) fences += 1;
    } else if (code === WIDE_QUESTION) {
      questionMarks += 1;
    } else if (code === TIMES || code === DIVIDED) {
      operators += 1;
    }
    before = code;
  }
  return {
    length: text.length,
    codeFences: fences,
    codeShare: text.length === 0 ? 0 : codeSigns / text.length,
    numbers,
    operators,
    lines,
    questionMarks,
  };
}
