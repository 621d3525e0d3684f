// Holds the sandbox's answers against bodies recorded from the vendors: every field a vendor sent must be there, events in its order.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/index.js';
import { ask, eventsIn, type Asking, type Family } from './sandbox-client.js';

interface Recording {
  status: number;
  body: unknown;
}

function recording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Recording;
}

/** All field paths of a JSON value with the kind of what stands there; list elements share one path. */
function pathsOf(value: unknown, at = ''): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>();
  const add = (path: string, kind: string): void => void paths.set(path, (paths.get(path) ?? new Set()).add(kind));
  const walk = (node: unknown, path: string): void => {
    const kind = node === null ? 'null' : Array.isArray(node) ? 'list' : typeof node;
    if (path !== '') add(path, kind);
    if (Array.isArray(node)) node.forEach((one) => walk(one, `${path}[]`));
    else if (typeof node === 'object' && node !== null)
      for (const [field, one] of Object.entries(node)) walk(one, `${path}.${field}`);
  };
  walk(value, at);
  return paths;
}

/** Recorded paths the answer lacks, or has with another kind. */
function differences(recorded: unknown, answered: unknown): string[] {
  const ours = pathsOf(answered);
  return [...pathsOf(recorded)]
    .filter(
      ([path, kinds]) =>
        ![...kinds].some(
          (kind) => kind === 'null' || ours.get(path)?.has(kind) === true || ours.get(path)?.has('null') === true,
        ),
    )
    .map(([path, kinds]) => `${path}: ${[...kinds].join('|')}`);
}

const WEATHER = {
  type: 'object',
  properties: { location: { type: 'string' }, latitude: { type: 'string' }, longitude: { type: 'string' } },
  required: ['location', 'latitude', 'longitude'],
};
const OPENAI_TOOLS = {
  tools: [{ type: 'function', function: { name: 'get_weather', description: 'Get weather', parameters: WEATHER } }],
};
const VALUE = { type: 'object', properties: { value: { type: 'string' } }, required: ['value'] };
const noModel: Asking = { body: { model: 'no-such-model' } };

const PLAIN: ReadonlyArray<readonly [name: string, family: Family, asking: Asking, lacking?: string[]]> = [
  // `annotations` came with web search and is sent by newer models only.
  [
    'openai-plain-tools',
    'openai',
    { prompt: 'weather in Boston?', body: OPENAI_TOOLS },
    ['.choices[].message.annotations: list'],
  ],
  [
    'deepseek-plain-reasoning',
    'openai',
    { path: '/deepseek/v1/chat/completions', prompt: 'What is 2+2?', body: { model: 'deepseek-reasoner' } },
  ],
  ['anthropic-plain', 'anthropic', { prompt: 'What is 2+2?' }],
  [
    'google-plain-tool',
    'google',
    {
      path: '/google/v1beta/models/gemini-2.5-flash:generateContent',
      prompt: 'weather at 123, 123?',
      body: { tools: [{ functionDeclarations: [{ name: 'weather', description: 'weather', parameters: WEATHER }] }] },
    },
  ],
  ['openai-error-404', 'openai', noModel],
  ['openai-error-401', 'openai', { headers: { authorization: 'Bearer bad-key' } }],
  ['groq-error-404', 'openai', { path: '/groq/v1/chat/completions', ...noModel }],
  ['mistral-error-no-model', 'openai', { path: '/mistral/v1/chat/completions', ...noModel }],
  [
    'deepseek-error-401',
    'openai',
    { path: '/deepseek/v1/chat/completions', headers: { authorization: 'Bearer bad-key' } },
  ],
  ['azure-error-404', 'openai', { path: '/azure/v1/chat/completions', ...noModel }],
  ['anthropic-error-404', 'anthropic', noModel],
  ['anthropic-error-401', 'anthropic', { headers: { 'x-api-key': 'bad-key' } }],
  ['google-error-404', 'google', { path: '/google/v1beta/models/no-such-model:generateContent' }],
  ['google-error-key', 'google', { headers: { 'x-goog-api-key': 'bad-key' } }],
  [
    'google-error-429',
    'google',
    { headers: { 'x-sandbox': 'status=429,retry_after=48' } },
    [
      '.error.details[].links: list',
      '.error.details[].links[]: object',
      '.error.details[].links[].description: string',
      '.error.details[].links[].url: string',
    ],
  ],
];

const STREAMS: ReadonlyArray<readonly [name: string, family: Family, asking: Asking]> = [
  ['openai-stream', 'openai', { body: { stream_options: { include_usage: true } } }],
  ['groq-stream', 'openai', { path: '/groq/v1/chat/completions', body: { stream_options: { include_usage: true } } }],
  ['mistral-stream', 'openai', { path: '/mistral/v1/chat/completions' }],
  ['anthropic-stream', 'anthropic', {}],
  [
    'anthropic-stream-tool',
    'anthropic',
    { body: { tool_choice: { type: 'any' }, tools: [{ name: 'stream_auto', description: '', input_schema: VALUE }] } },
  ],
  ['google-stream', 'google', { path: '/google/v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse' }],
];

/** The kinds of event in order, repeats folded; for events without a type, which top fields of the choice or candidate are set. */
function sequenceOf(events: unknown[]): string[] {
  const kindOf = (event: unknown): string => {
    const { type, choices, candidates, usage } = Object(event) as Record<string, unknown>;
    if (typeof type === 'string') return type;
    const first = Object(
      (choices as unknown[] | undefined)?.[0] ?? (candidates as unknown[] | undefined)?.[0],
    ) as Record<string, unknown>;
    const delta = Object(first['delta']) as Record<string, unknown>;
    const isEnd = (first['finish_reason'] ?? first['finishReason'] ?? null) !== null;
    return (
      [
        delta['role'] === undefined ? '' : 'role',
        isEnd ? 'end' : '',
        Array.isArray(choices) && choices.length === 0 && usage ? 'usage' : '',
      ].join('') || 'content'
    );
  };
  return events.map(kindOf).filter((kind, at, all) => kind !== all[at - 1]);
}

describe('recorded vendor answers', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());

  it.each(PLAIN)('%s has the shape and status of the recording', async (name, family, asking, lacking = []) => {
    const recorded = recording(name);
    const response = await ask(sandbox.url, family, asking);
    expect(response.status).toBe(recorded.status);
    const strayed = differences(recorded.body, await response.json()).filter((path) => !lacking.includes(path));
    expect(strayed).toEqual([]);
  });

  it.each(STREAMS)('%s has the events and fields of the recording, in its order', async (name, family, asking) => {
    const recorded = eventsIn(String(recording(name).body));
    const response = await ask(sandbox.url, family, { ...asking, stream: true });
    const events = eventsIn(await response.text());
    expect(differences(recorded, events)).toEqual([]);
    expect(sequenceOf(events)).toEqual(sequenceOf(recorded));
  });
});
