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
  /** The parameters that `from` names. Texts are made storable: PostgreSQL's know no NUL. Documents go as they are. */
  parameters(rows: readonly Row[]): ((string | number | boolean | null)[] | string)[];
}

export function columnArrays<Row>(columns: readonly ArrayColumn<Row>[]): ColumnArrays<Row> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return {
    names,
    from: (alias) => {
      const sources = columns.map(({ type }, index) =>
        type === 'json' ? `json_array_elements($${index + 1}::json)` : `unnest($${index + 1}::${type}[])`,
      );
      return `ROWS FROM (${sources.join(', ')}) AS ${alias} (${names})`;
    },
    parameters: (rows) =>
      columns.map(({ of, type }) => {
        const values = rows.map(of);
        // As an array of PostgreSQL's, each quote in each document would have to be escaped, and read back there.
        if (type === 'json') return `[${values.join(',')}]`;
        return type === 'text' ? values.map(withoutNul) : values;
      }),
  };
}

function withoutNul<Value>(value: Value): Value | string {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}
