// Text made regular, and what can be read from it without a model. Pure; no code of users.
import type { TransformStep } from '@skein/contracts/workflows';

export interface Entity {
  readonly kind: 'email' | 'url' | 'date' | 'money' | 'number' | 'name';
  readonly text: string;
}

const steps: Readonly<Record<TransformStep, (text: string) => string>> = {
  nfc: (text) => text.normalize('NFC'),
  nfkc: (text) => text.normalize('NFKC'),
  trim: (text) => text.trim(),
  collapse_whitespace: (text) =>
    text
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .replace(/\n{3,}/g, '\n\n'),
  // Everything invisible but line breaks and tabs; joiners stay, which scripts and emoji need.
  strip_control: (text) =>
    text.replace(/[\p{Cc}\p{Co}\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/gu, (mark) =>
      mark === '\n' || mark === '\t' ? mark : '',
    ),
  straight_quotes: (text) =>
    text
      .replace(/[\u2018\u2019\u201a\u201b]/g, "'")
      .replace(/[\u201c\u201d\u201e\u201f]/g, '"')
      .replace(/[\u2010-\u2012]/g, '-'),
  lowercase: (text) => text.toLowerCase(),
  entities: (text) => text,
  topic: (text) => text,
};

/** The text after the steps, in order; with `entities` or `topic` among them an object that has them beside it. */
export function transform(text: string, order: readonly TransformStep[]): unknown {
  const normal = order.reduce((so_far, step) => steps[step](so_far), text);
  if (!order.includes('entities') && !order.includes('topic')) return normal;
  return {
    text: normal,
    ...(order.includes('entities') && { entities: entitiesIn(normal) }),
    ...(order.includes('topic') && { topic: topicOf(normal) }),
  };
}

const patterns: readonly (readonly [Entity['kind'], RegExp])[] = [
  ['email', /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/g],
  ['url', /https?:\/\/[^\s<>"')\]]{1,2000}/g],
  ['date', /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/g],
  ['money', /[$€£¥]\s?\d[\d,]*(?:\.\d+)?|\b\d[\d,]*(?:\.\d+)?\s?(?:USD|EUR|GBP|CNY|dollars|euros)\b/g],
  ['number', /\b\d[\d,]*(?:\.\d+)?%?/g],
  ['name', /\b\p{Lu}[\p{Ll}\p{M}]+(?:\s+\p{Lu}[\p{Ll}\p{M}]+){1,3}\b/gu],
];

/** What stands out of a text, each place once, the more particular kind first. */
export function entitiesIn(text: string): Entity[] {
  const taken: [number, number][] = [];
  const found: (Entity & { readonly at: number })[] = [];
  for (const [kind, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if (taken.some(([from, to]) => match.index < to && end > from)) continue;
      taken.push([match.index, end]);
      found.push({ kind, text: match[0], at: match.index });
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ kind, text: word }) => ({ kind, text: word }));
}

const TOPIC_WORDS = 5;
const common = new Set(
  'the a an and or but if of in on at to for from with by as is are was were be been it its this that these those not no we you he she they i our your their what which who how when where why can could should would will do does did has have had than then so such into over about more most other some any all each'.split(
    ' ',
  ),
);

/** The words a text is about: those that come often and say something. */
export function topicOf(text: string): string[] {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}[\p{L}\p{M}'-]{2,}/gu)) {
    if (!common.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, TOPIC_WORDS)
    .map(([word]) => word);
}
