/** Plain tables for a terminal. */

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Lines of cells under a head, each column as wide as its widest cell. */
export function columns(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${[head, ...lines].map(format).join('\n')}\n`;
}
