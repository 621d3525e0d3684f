/** The vendors' own schemas of their answers (`test/e2e/wire`), to hold ours against. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '@skein/testkit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export type Dialect = 'openai' | 'anthropic';

interface SchemaFile {
  readonly $defs: Readonly<Record<string, object>>;
}

const read = (dialect: Dialect): SchemaFile =>
  JSON.parse(readFileSync(join(checkoutRoot, 'test/e2e/wire', `${dialect}.schemas.json`), 'utf8')) as SchemaFile;

const files = { openai: read('openai'), anthropic: read('anthropic') };
const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
formats.default(ajv);
for (const [dialect, { $defs }] of Object.entries(files)) ajv.addSchema({ $id: dialect, $defs });

interface Union {
  readonly anyOf?: readonly { readonly $ref?: string }[];
  readonly oneOf?: readonly { readonly $ref?: string }[];
}
interface Typed {
  readonly properties?: { readonly type?: { readonly enum?: readonly unknown[]; readonly const?: unknown } };
}

/** The one of several events that a value says it is, so that a problem is told of it and not of all the others. */
function memberFor(dialect: Dialect, name: string, value: unknown): string {
  const { $defs } = files[dialect];
  const { anyOf, oneOf } = ($defs[name] ?? {}) as Union;
  const { type } = (value ?? {}) as { type?: unknown };
  const members = (anyOf ?? oneOf ?? []).map(({ $ref }) => $ref?.split('/').at(-1) ?? '');
  const named = members.find((member) => {
    const told = ($defs[member] as Typed | undefined)?.properties?.type;
    return told !== undefined && (told.const === type || told.enum?.includes(type) === true);
  });
  return named ?? name;
}

/** What of a value its schema does not allow; empty where all is well. */
export function problemsOf(dialect: Dialect, name: string, value: unknown): readonly string[] {
  const member = memberFor(dialect, name, value);
  const validate = ajv.getSchema(`${dialect}#/$defs/${member}`);
  if (validate === undefined) throw new Error(`${dialect} publishes no ${member}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${member}${instancePath} ${message ?? ''}`);
}
