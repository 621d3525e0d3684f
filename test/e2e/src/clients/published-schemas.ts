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

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
formats.default(ajv);
for (const dialect of ['openai', 'anthropic'] as const) ajv.addSchema({ $id: dialect, $defs: read(dialect).$defs });

/** What of a value its schema does not allow; empty where all is well. */
export function problemsOf(dialect: Dialect, name: string, value: unknown): readonly string[] {
  const validate = ajv.getSchema(`${dialect}#/$defs/${name}`);
  if (validate === undefined) throw new Error(`${dialect} publishes no ${name}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message ?? ''}`);
}
