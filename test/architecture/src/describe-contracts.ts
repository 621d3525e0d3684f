/** The wire between rooms as plain data: every export of every entry of @skein/contracts that is not a mere helper. */
import { z } from 'zod';
import { readJson } from './repository.js';

type Entry = Readonly<Record<string, unknown>>;

const manifest = z.looseObject({ exports: z.record(z.string(), z.unknown()) });

/** Contracts that are made per process or vendor, with a name in place of that part of their subject. */
const families: Readonly<Record<string, string>> = {
  runAttemptAt: 'VENDOR',
  fenceAttempt: 'SINK',
  switchAttempt: 'SINK',
};

/** `{ entry: { export: description } }`, in alphabetical order. */
export async function describeContracts(): Promise<Record<string, Record<string, unknown>>> {
  const { exports } = manifest.parse(readJson('libs/contracts/package.json'));
  const entries: Record<string, Record<string, unknown>> = {};
  for (const path of Object.keys(exports).sort()) {
    const name = path.replace(/^\.\//, '');
    const described = describeEntry((await import(`@skein/contracts/${name}`)) as Entry);
    if (Object.keys(described).length > 0) entries[name] = described;
  }
  return entries;
}

function describeEntry(entry: Entry): Record<string, unknown> {
  const described: Record<string, unknown> = {};
  for (const name of Object.keys(entry).sort()) {
    const value = valueOf(name, entry[name]);
    if (typeof value !== 'function') described[name] = describeValue(value);
  }
  return described;
}

function valueOf(name: string, exported: unknown): unknown {
  const part = families[name];
  return typeof exported === 'function' && part !== undefined
    ? (exported as (part: string) => unknown)(part)
    : exported;
}

/** Contracts with their schemas, schemas as JSON Schema, and plain data (codes, header names, tables) as it is. */
function describeValue(value: unknown): unknown {
  if (isSchema(value)) return z.toJSONSchema(value, { unrepresentable: 'any', io: 'input' });
  if (Array.isArray(value)) return value.map((item) => (isContract(item) ? item.subject : describeValue(item)));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => typeof field !== 'function');
  return Object.fromEntries(fields.map(([name, field]) => [name, describeValue(field)]));
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

function isContract(value: unknown): value is { subject: string } {
  return typeof value === 'object' && value !== null && 'maker' in value && 'subject' in value;
}
