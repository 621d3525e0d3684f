/**
 * The primary language of a text as a BCP 47 tag: by script, then, among languages that share one, by the letters and
 * stop words only one of them has. `und` when nothing speaks for any.
 */

/** Characters that are looked at: enough to tell, and bounded. */
const SAMPLE = 2_000;

type Script =
  | 'latin'
  | 'han'
  | 'kana'
  | 'hangul'
  | 'cyrillic'
  | 'arabic'
  | 'devanagari'
  | 'thai'
  | 'hebrew'
  | 'greek'
  | 'bengali'
  | 'tamil';

/** First and last code unit of each script's blocks. */
const ranges: readonly (readonly [number, number, Script])[] = [
  [0x41, 0x5a, 'latin'],
  [0x61, 0x7a, 'latin'],
  [0xc0, 0x24f, 'latin'],
  [0x1e00, 0x1eff, 'latin'],
  [0x4e00, 0x9fff, 'han'],
  [0x3400, 0x4dbf, 'han'],
  [0x3040, 0x30ff, 'kana'],
  [0xac00, 0xd7af, 'hangul'],
  [0x1100, 0x11ff, 'hangul'],
  [0x400, 0x52f, 'cyrillic'],
  [0x600, 0x6ff, 'arabic'],
  [0x750, 0x77f, 'arabic'],
  [0x900, 0x97f, 'devanagari'],
  [0xe00, 0xe7f, 'thai'],
  [0x590, 0x5ff, 'hebrew'],
  [0x370, 0x3ff, 'greek'],
  [0x980, 0x9ff, 'bengali'],
  [0xb80, 0xbff, 'tamil'],
];

/** A character of these scripts says about as much as a Latin word's four letters. */
const weights: Record<Script, number> = {
  latin: 1,
  han: 4,
  kana: 3,
  hangul: 3,
  cyrillic: 1,
  arabic: 1,
  devanagari: 1,
  thai: 1,
  hebrew: 1,
  greek: 1,
  bengali: 1,
  tamil: 1,
};

const stopWords: Readonly<Record<string, string>> = {
  en: 'the of and to in is that it for was with as on are this be you what how i a an or not from have which can my',
  de: 'der die das und ist nicht ein eine zu den mit auf für im dem von sich auch wie ich sie es bitte wird sind einen',
  fr: 'le la les des et est un une du en que pour dans qui sur pas au avec ce plus je vous comment quel sont cette',
  es: 'el la los las de y es un una que en por para con no se del al como su más qué cómo lo me esta mi',
  it: 'il lo la gli di e è un una che in per con non si del della come sono più questo mi alla nel cosa',
  pt: 'o a os as de e é um uma que em por para com não se do da como mais são você isso na no dos',
  nl: 'de het een en van is dat op te in voor met niet zijn aan er ook als bij hoe ik je wat naar',
  pl: 'i w nie na się że jest do to z jak co za od po ale czy dla mnie przez tego',
  tr: 've bir bu için ile de da ne çok mi nasıl olarak gibi daha var ben sen bana',
  sv: 'och att det är en ett som på för av med inte den jag till vad hur kan du',
  id: 'yang dan di untuk dengan ini itu dari tidak adalah pada ke saya apa bagaimana dalam akan',
  vi: 'và của là có không được cho một các với trong người này tôi như thế nào để',
};

const languages = Object.keys(stopWords);
/** By stop word, the places of its languages. */
const languagesOf = new Map<string, number[]>();
for (const [language, words] of Object.values(stopWords).entries()) {
  for (const word of words.split(' ')) languagesOf.set(word, [...(languagesOf.get(word) ?? []), language]);
}

const WORD_SLOTS = 1 << 10;
const HASH_START = 0x811c9dc5;
const hashOn = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

/** Stop words by the hash of their letters: a word of a text is looked up without being cut out of it. */
const wordsAt: (readonly (readonly [word: string, languages: readonly number[]])[])[] = [];
for (const entry of languagesOf) {
  let hash = HASH_START;
  for (let at = 0; at < entry[0].length; at += 1) hash = hashOn(hash, entry[0].charCodeAt(at));
  const slot = hash & (WORD_SLOTS - 1);
  wordsAt[slot] = [...(wordsAt[slot] ?? []), entry];
}
for (let slot = 0; slot < WORD_SLOTS; slot += 1) wordsAt[slot] ??= [];

/** Which language is meant where a script alone does not say it. */
const languageOfScript: Record<Script, (sample: string) => string> = {
  latin: latinLanguage,
  han: () => 'zh',
  kana: () => 'ja',
  hangul: () => 'ko',
  cyrillic: (sample) => (/[іїєґ]/i.test(sample) ? 'uk' : 'ru'),
  arabic: (sample) => (/[ٹڈے]/.test(sample) ? 'ur' : /[پچژگ]/.test(sample) ? 'fa' : 'ar'),
  devanagari: () => 'hi',
  thai: () => 'th',
  hebrew: () => 'he',
  greek: () => 'el',
  bengali: () => 'bn',
  tamil: () => 'ta',
};

/** By code unit: is it a letter of Latin script? */
const LATIN = Uint8Array.from({ length: 0x10000 }, (_, code) =>
  /\p{Script=Latin}/u.test(String.fromCharCode(code)) ? 1 : 0,
);
const votes = new Float64Array(languages.length);

function latinLanguage(sample: string): string {
  const text = sample.toLowerCase();
  votes.fill(0);
  // The first to be voted for wins a draw.
  const order: number[] = [];
  let words = 0;
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    if (LATIN[code] !== 1) continue;
    const start = at;
    let hash = HASH_START;
    while (LATIN[code] === 1) {
      hash = hashOn(hash, code);
      at += 1;
      code = text.charCodeAt(at);
    }
    words += 1;
    const voted = languagesOfWord(text, start, at, hash);
    for (let index = 0; index < voted.length; index += 1) {
      const language = voted[index] ?? 0;
      if (votes[language] === 0) order.push(language);
      votes[language] = (votes[language] ?? 0) + 1 / voted.length;
    }
  }
  let best = 'und';
  let most = 0;
  for (const language of order) {
    const count = votes[language] ?? 0;
    if (count > most) [best, most] = [languages[language] ?? best, count];
  }
  // Plain letters without a stop word are names, code or telegrams: mostly English among what is sent to models.
  if (best === 'und' && words >= 2 && !/\P{ASCII}/u.test(sample)) return 'en';
  return best;
}

const NO_LANGUAGE: readonly number[] = [];

/** The languages whose stop word stands between two places of a text, by the hash of its letters. */
function languagesOfWord(text: string, start: number, end: number, hash: number): readonly number[] {
  const known = wordsAt[hash & (WORD_SLOTS - 1)] ?? [];
  for (let index = 0; index < known.length; index += 1) {
    const [word = '', found = NO_LANGUAGE] = known[index] ?? [];
    if (word.length === end - start && text.startsWith(word, start)) return found;
  }
  return NO_LANGUAGE;
}

const scripts = Object.keys(weights) as Script[];
/** By code unit: the place of its script in `scripts`, from 1; 0 where it speaks for none. */
const SCRIPTS = new Uint8Array(0x10000);
for (const [first, last, script] of [...ranges].reverse()) SCRIPTS.fill(scripts.indexOf(script) + 1, first, last + 1);
const characters = new Uint32Array(scripts.length + 1);

/** The language most of the text is written in. */
export function detectLanguage(text: string): string {
  const sample = text.length <= SAMPLE ? text : text.slice(0, SAMPLE / 2) + text.slice(-SAMPLE / 2);
  const seen = weighScripts(sample);
  const kana = seen.get('kana') ?? 0;
  const han = seen.get('han') ?? 0;
  // Japanese mixes both: a fifth of kana beside Han is enough.
  if (kana > 0 && kana * 5 >= han) {
    seen.set('kana', kana + han);
    seen.delete('han');
  }
  let main: Script | null = null;
  for (const [script, count] of seen) if (main === null || count > (seen.get(main) ?? 0)) main = script;
  return main === null ? 'und' : languageOfScript[main](sample);
}

/** How much of a text each script has, in the order of their first characters. */
function weighScripts(sample: string): Map<Script, number> {
  characters.fill(0);
  const order: number[] = [];
  for (let index = 0; index < sample.length; index += 1) {
    const place = SCRIPTS[sample.charCodeAt(index)] ?? 0;
    if (place === 0) continue;
    if (characters[place] === 0) order.push(place);
    characters[place] = (characters[place] ?? 0) + 1;
  }
  const seen = new Map<Script, number>();
  for (const place of order) {
    const script = scripts[place - 1];
    if (script !== undefined) seen.set(script, (characters[place] ?? 0) * weights[script]);
  }
  return seen;
}
