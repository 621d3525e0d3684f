// The dials a caller can turn on a request or a vendor, how they are written, and which of several settings wins.
import { isObject, type JsonObject } from './json.js';
import { isItemsFault, type ItemsFault } from './many-requests.js';

/** Everything is off when absent. Times in milliseconds. */
export interface Knobs {
  /** Before the status line. */
  latency?: number;
  /** Between the status line and the first content chunk; a plain answer waits it before its status line. */
  ttft?: number;
  /** Tokens per second of the content; a plain answer waits as long as its tokens take. */
  rate?: number;
  /** Forced number of output tokens of a text answer. */
  tokens?: number;
  /** How many checks of one work (asked for as a verdict) are not passed before one is. */
  reject?: number;
  /** What is wrong with an answer to several requests at once: `missing`, `twice`, `empty` (its second), `cut`, `prose`. */
  items?: ItemsFault;
  /** Requests a minute that the vendor says it allows; none are refused. */
  quota?: number;
  /** Input tokens reported as read from the vendor's prompt cache. */
  cached?: number;
  /** Requests the vendor serves at a time; more get 429. */
  concurrency?: number;
  /** An error status instead of an answer. */
  status?: number;
  /** Seconds, with an error status. */
  retry_after?: number;
  /** The vendor's own error code (OpenAI `code`, Anthropic `type`, Gemini `status`) in place of the usual one. */
  code?: string;
  /** A 200 whose JSON cannot be read. */
  malformed?: boolean;
  /** A valid answer without content. */
  empty?: boolean;
  /** The socket is destroyed before the first byte. */
  cut?: boolean;
  /** The socket is destroyed after this many content chunks (a plain answer: in the middle of its body). */
  cut_after?: number;
  /** Never answers. */
  hang?: boolean;
  /** Goes silent after this many content chunks, with the connection open. */
  hang_after?: number;
  /** The vendor's error event after this many content chunks, then the end (streams only). */
  error_after?: number;
  /** How long a batch takes at the vendor's batch API. */
  batch_ms?: number;
  /** Share of a batch that is done when it is cancelled before its time, 0 to 1. */
  batch_done?: number;
  /** A batch is taken, and the socket destroyed before its id is told. */
  batch_cut?: boolean;
  /** How often a fault strikes, 0 to 1; by counting, so 0.25 is every fourth request. Absent is always. */
  chance?: Partial<Record<Fault, number>>;
}

export const FAULTS = [
  'status',
  'malformed',
  'empty',
  'cut',
  'cut_after',
  'hang',
  'hang_after',
  'error_after',
] as const;
export type Fault = (typeof FAULTS)[number];
type Dial = Exclude<keyof Knobs, 'chance'>;

const KINDS: Readonly<Record<Dial, 'number' | 'flag' | 'text'>> = {
  latency: 'number',
  ttft: 'number',
  rate: 'number',
  tokens: 'number',
  reject: 'number',
  items: 'text',
  quota: 'number',
  cached: 'number',
  concurrency: 'number',
  status: 'number',
  retry_after: 'number',
  code: 'text',
  malformed: 'flag',
  empty: 'flag',
  cut: 'flag',
  cut_after: 'number',
  hang: 'flag',
  hang_after: 'number',
  error_after: 'number',
  batch_ms: 'number',
  batch_done: 'number',
  batch_cut: 'flag',
};

/** The longest wait a timer takes, and more than any count needs. */
const LARGEST = 2_147_483_647;
const RANGES: Readonly<Partial<Record<Dial, readonly [least: number, most: number]>>> = {
  status: [400, 599],
  rate: [0.001, LARGEST],
  tokens: [0, 100_000],
};

/** A setting that cannot be read. Never ignored: a mistyped fault that does not strike makes a test lie. */
export class KnobError extends Error {
  override readonly name = 'KnobError';
}

const isDial = (name: string): name is Dial => Object.hasOwn(KINDS, name);
const isFault = (name: string): name is Fault => (FAULTS as readonly string[]).includes(name);

function setDial(knobs: Knobs, name: string, value: unknown, chance: number | undefined): void {
  if (!isDial(name)) throw new KnobError(`unknown knob '${name}'`);
  const kind = KINDS[name];
  const isFit =
    kind === 'flag'
      ? typeof value === 'boolean'
      : kind === 'text'
        ? typeof value === 'string'
        : typeof value === 'number';
  const [least, most] = RANGES[name] ?? [0, LARGEST];
  const isInRange = typeof value !== 'number' || (value >= least && value <= most);
  const isKnown = name !== 'items' || isItemsFault(value);
  if (!isFit || !isInRange || !isKnown) throw new KnobError(`knob '${name}' cannot be ${JSON.stringify(value)}`);
  Object.assign(knobs, { [name]: value });
  if (chance === undefined) return;
  if (!isFault(name)) throw new KnobError(`knob '${name}' takes no chance`);
  if (!(chance >= 0 && chance <= 1)) throw new KnobError(`the chance of '${name}' is not between 0 and 1`);
  knobs.chance = { ...knobs.chance, [name]: chance };
}

/** Reads `latency=50,ttft=20,status=429@0.5,hang`. Entries are parted by commas or spaces; `@` gives a fault's chance; a flag can be `=off`. */
export function parseKnobs(line: string): Knobs {
  const knobs: Knobs = {};
  for (const entry of line.split(/[,\s]+/).filter((piece) => piece !== '')) {
    const [, name = '', written, chance] = /^([a-z_]+)(?:=([^@]*))?(?:@(.+))?$/.exec(entry) ?? [];
    if (name === '') throw new KnobError(`cannot read '${entry}'`);
    const kind = isDial(name) ? KINDS[name] : 'flag';
    const value =
      kind === 'flag'
        ? !['off', 'false', '0'].includes(written ?? 'on')
        : kind === 'text'
          ? written
          : Number(written ?? 'NaN');
    setDial(knobs, name, value, chance === undefined ? undefined : Number(chance));
  }
  return knobs;
}

/** Reads the JSON of the control API: `{ "status": 500, "chance": { "status": 0.3 } }`. */
export function readKnobs(body: unknown): Knobs {
  if (!isObject(body)) throw new KnobError('knobs are a JSON object');
  const knobs: Knobs = {};
  const { chance, ...dials } = body;
  for (const [name, value] of Object.entries(dials)) setDial(knobs, name, value, undefined);
  if (chance === undefined) return knobs;
  if (!isObject(chance)) throw new KnobError('chance is a JSON object');
  return { ...knobs, chance: readChances(chance) };
}

function readChances(chances: JsonObject): Partial<Record<Fault, number>> {
  const read: Partial<Record<Fault, number>> = {};
  for (const [fault, chance] of Object.entries(chances)) {
    if (!isFault(fault)) throw new KnobError(`unknown fault '${fault}'`);
    if (typeof chance !== 'number' || !(chance >= 0 && chance <= 1))
      throw new KnobError(`the chance of '${fault}' is not between 0 and 1`);
    read[fault] = chance;
  }
  return read;
}

const DIRECTIVE = /\[\[sandbox\b([^\]]*)\]\]/g;

/** Takes the `[[sandbox …]]` directives out of a prompt; those naming another `vendor` or `model` are dropped. */
export function readDirectives(text: string, vendor: string, model: string): { prompt: string; layers: Knobs[] } {
  if (!text.includes('[[sandbox')) return { prompt: text, layers: [] };
  const layers: Knobs[] = [];
  for (const [, inner = ''] of text.matchAll(DIRECTIVE)) {
    const entries = inner.split(/[,\s]+/).filter((entry) => entry !== '');
    const selects = (name: string, actual: string): boolean =>
      entries.filter((entry) => entry.startsWith(`${name}=`)).every((entry) => entry.slice(name.length + 1) === actual);
    if (!selects('vendor', vendor) || !selects('model', model)) continue;
    layers.push(parseKnobs(entries.filter((entry) => !/^(?:vendor|model)=/.test(entry)).join(' ')));
  }
  return { prompt: text.replace(DIRECTIVE, ' ').replace(/ {2,}/g, ' ').trim(), layers };
}

/** Later layers win, dial by dial; a fault set anew loses the chance it had. */
export function mergeKnobs(layers: readonly Knobs[]): Knobs {
  return layers.reduce<Knobs>((merged, layer) => {
    const chance = { ...merged.chance };
    for (const fault of FAULTS) if (layer[fault] !== undefined) delete chance[fault];
    return { ...merged, ...layer, chance: { ...chance, ...layer.chance } };
  }, {});
}
