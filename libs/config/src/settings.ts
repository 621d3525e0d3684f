import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/**
 * Settings are read once, at the start of a process, from its environment; checked together, so that every problem is
 * listed at once; and frozen. A secret may come from a file (`NAME_FILE`) and is never shown.
 */
export interface Setting<Value> {
  readonly schema: z.ZodType<Value>;
  /** One sentence for the operator. */
  readonly sentence: string;
  readonly secret: boolean;
}

export type SettingsSpec = Readonly<Record<string, Setting<unknown>>>;
export type SettingsOf<Spec extends SettingsSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Setting<infer Value> ? Value : never;
};

/** Describes one environment variable. The schema sees a string or undefined; give it a default where it has one. */
export function setting<Value>(schema: z.ZodType<Value>, sentence: string): Setting<Value> {
  return { schema, sentence, secret: false };
}

/** Like `setting`, for values that are never shown and that may come from the file named by `<NAME>_FILE`. */
export function secretSetting<Value>(schema: z.ZodType<Value>, sentence: string): Setting<Value> {
  return { schema, sentence, secret: true };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the one place that touches it. */
export function processEnvironment(): Environment {
  return process.env;
}

export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

type RawValue = { readonly value: string | undefined } | { readonly problem: string };

function readRaw(name: string, secret: boolean, environment: Environment): RawValue {
  const direct = environment[name];
  const file = environment[`${name}_FILE`];
  if (!secret || file === undefined || file === '') return { value: direct === '' ? undefined : direct };
  if (direct !== undefined && direct !== '') return { problem: `${name} and ${name}_FILE are both set; keep one` };
  try {
    return { value: readFileSync(file, 'utf8').trim() };
  } catch (cause) {
    return { problem: `${name}_FILE cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** Reads and checks all settings of a spec. Throws one `SettingsError` that lists every problem, without any secret. */
export function readSettings<Spec extends SettingsSpec>(spec: Spec, environment: Environment): SettingsOf<Spec> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, sentence, secret }] of Object.entries(spec)) {
    const raw = readRaw(name, secret, environment);
    if ('problem' in raw) {
      problems.push(raw.problem);
      continue;
    }
    const parsed = schema.safeParse(raw.value);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name}: ${parsed.error.issues.map((issue) => issue.message).join('; ')} (${sentence})`);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(values) as SettingsOf<Spec>;
}

/** Name, sentence and value (secrets hidden) of every setting, for `skein config` and READMEs. */
export function explainSettings<Spec extends SettingsSpec>(
  spec: Spec,
  values: SettingsOf<Spec>,
): { name: string; sentence: string; value: string }[] {
  return Object.entries(spec).map(([name, { sentence, secret }]) => ({
    name,
    sentence,
    value: secret
      ? values[name] === undefined
        ? 'not set'
        : 'set (hidden)'
      : (JSON.stringify(values[name]) ?? 'not set'),
  }));
}
