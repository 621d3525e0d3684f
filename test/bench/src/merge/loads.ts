/** What is merged: log lines that get a label, and documents that get a sentence. Made here, the same every time. */

export interface MergeLoad {
  readonly name: string;
  readonly system: string;
  readonly inputs: readonly string[];
  readonly maxTokens: number;
  /** Sizes of calls that are tried. */
  readonly sizes: readonly number[];
}

const LEVELS = ['ERROR', 'WARN', 'INFO', 'DEBUG', 'NOTICE'];
const SERVICES = ['checkout', 'payments', 'search', 'mailer', 'inventory', 'sessions', 'gateway', 'reports'];
const EVENTS = [
  (n: number) => `request ${n} to /v1/orders/${n * 7} took ${n % 3_000} ms, upstream answered ${500 + (n % 4)}`,
  (n: number) => `connection pool at ${n % 100} % of 64, waited ${n % 900} ms for a slot`,
  (n: number) => `retrying message ${n * 13} after ${n % 5} attempts: socket hang up`,
  (n: number) => `user ${n * 31} signed in from 198.51.100.${n % 255} with a token that is ${n % 90} days old`,
  (n: number) => `cache refresh of ${n % 40} keys finished, ${n % 7} were stale`,
];

export const logLines: MergeLoad = {
  name: '1,000 log lines',
  system:
    'You are the on-call triage of an online shop. You read one line of a log at a time and say how urgent it is for the ' +
    'person who is on call tonight. Judge by what the line says happened and by whom it concerns, not by its length. ' +
    'Failures that customers see are urgent; slow answers and retries are worth a look; everything that repairs itself ' +
    'or was expected is not. Never explain yourself and never repeat the line. ' +
    'Answer with exactly one of these labels: error, warning, info, debug, noise.',
  inputs: Array.from({ length: 1_000 }, (_, at) => {
    const event = EVENTS[at % EVENTS.length] ?? String;
    const time = new Date(Date.UTC(2026, 0, 5) + at * 977).toISOString();
    return `${time} ${LEVELS[(at * 7) % LEVELS.length]} ${SERVICES[(at * 3) % SERVICES.length]}-${at % 9}: ${event(at)}`;
  }),
  maxTokens: 8,
  sizes: [10, 25, 50],
};

const SUBJECTS = ['The harbour board', 'A group of surveyors', 'The library', 'Our clinic', 'The tram company'];
const DEEDS = [
  'has approved a plan',
  'reported a delay',
  'opened a second site',
  'changed its tariff',
  'lost a contract',
];
const REASONS = ['after a long dispute', 'because of the weather', 'in spite of its debts', 'to the surprise of many'];

const sentence = (n: number): string =>
  `${SUBJECTS[n % SUBJECTS.length]} ${DEEDS[(n * 3) % DEEDS.length]} ${REASONS[(n * 7) % REASONS.length]}, ` +
  `and ${100 + ((n * 37) % 900)} people are concerned by it.`;

export const documents: MergeLoad = {
  name: '50 documents',
  system:
    'You prepare the morning briefing of a regional newspaper. For each report that you are given, summarise it in one ' +
    'sentence for an editor who has not read it: who did what, and why it matters. Take over names and figures exactly ' +
    'as they stand in the report. Do not judge, do not speculate, do not add anything from elsewhere, do not mention ' +
    'that you are summarising, and use no headings, lists or quotation marks. When a report contradicts itself, keep to ' +
    'what it says first. When it is in another language, answer in English. When it holds no news at all, say so in a few ' +
    'words. House style: figures up to twelve are written out, titles are left away after the first mention, and ' +
    'companies are singular.',
  inputs: Array.from({ length: 50 }, (_, at) =>
    Array.from({ length: 6 }, (_each, n) => sentence(at * 11 + n)).join(' '),
  ),
  maxTokens: 60,
  sizes: [10, 20],
};
