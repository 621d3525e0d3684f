/**
 * Rows for a statement as one array a column: one parameter each and a statement of the same text however many rows there
 * are. TypeORM's own inserts cost several times their server's work in the building of the statement.
 */
export interface ArrayColumn<Row> {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'json';
  readonly of: (row: Row) => string | number | boolean | null;
}

export interface ColumnArrays<Row> {
  /** The quoted names, for `INSERT INTO t (…)` and for `SELECT …`. */
  readonly names: string;
  /** A table expression of the given rows, under this alias. Its parameters are the statement's first. */
  from(alias: string): string;
  /**
   * The parameters that `from` names. Texts are made storable: PostgreSQL's know no NUL. Documents go as they are and hold
   * no line break, as JSON of one line does not.
   */
  parameters(rows: readonly Row[]): string[];
}

export function columnArrays<Row>(columns: readonly ArrayColumn<Row>[]): ColumnArrays<Row> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return {
    names,
    from: (alias) => {
      const sources = columns.map(({ type }, index) =>
        // Cut at its line breaks: as an array of PostgreSQL's, each quote in each document would have to be escaped and read
        // back there, and as one document all would be read twice.
        type === 'json'
          ? `unnest(string_to_array($${index + 1}::text, E'\\n')::json[])`
          : `unnest($${index + 1}::${type}[])`,
      );
      return `ROWS FROM (${sources.join(', ')}) AS ${alias} (${names})`;
    },
    parameters: (rows) =>
      columns.map(({ of, type }) => (type === 'json' ? rows.map(of).join('\n') : arrayOf(rows.map(of)))),
  };
}

/** An array as PostgreSQL reads it. */
function arrayOf(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map(elementOf).join(',')}}`;
}

// Nearly all are ids and names, which are looked at once and stand as they are.
const plain = /^(?!null$)[\w.:-]+$/i;

function elementOf(value: string | number | boolean | null): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  if (plain.test(value)) return value;
  return `"${withoutNul(value).replace(/["\\]/g, '\\$&')}"`;
}

function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
