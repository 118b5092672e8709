/** A moment as the command line prints it: UTC to the second; `-` for none. */
export function formatMoment(at: Date | string | null): string {
  if (at === null) return '-';
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/**
 * What can be printed without steering the terminal it is printed on: control and format characters are written as escapes, as JSON has
 * them. Devices and people elsewhere have a say in what is printed.
 */
export function harmless(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, (character) =>
    Array.from({ length: character.length }, (_, place) => `\\u${character.charCodeAt(place).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Rows as columns under their titles, parted by two spaces. */
export function formatTable(titles: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string[] {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = titles.map((title, column) => Math.max(title.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(titles), ...texts.map(line)];
}
