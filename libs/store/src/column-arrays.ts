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
  /** The parameters that `from` names. Texts are made storable: PostgreSQL's know no NUL. */
  parameters(rows: readonly Row[]): (string | number | boolean | null)[][];
}

export function columnArrays<Row>(columns: readonly ArrayColumn<Row>[]): ColumnArrays<Row> {
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return {
    names,
    from: (alias) => {
      const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
      return `unnest(${arrays.join(', ')}) AS ${alias} (${names})`;
    },
    parameters: (rows) =>
      columns.map(({ of, type }) => {
        const values = rows.map(of);
        return type === 'text' ? values.map(withoutNul) : values;
      }),
  };
}

function withoutNul<Value>(value: Value): Value | string {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}
