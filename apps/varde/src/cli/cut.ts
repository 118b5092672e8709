import type { Option, Typed } from './command.js';

const LIMIT_MAX = 10_000;

/** The option that says how long a list may be. */
export function limitOption(usual: number): Readonly<Record<'limit', Option>> {
  return { limit: { type: 'string', value: '<n>', meaning: `at most so many, up to ${LIMIT_MAX}; default ${usual}` } };
}

/** A list no longer than was asked for. */
export interface Cut<Row> {
  readonly rows: readonly Row[];
  /** What to say of what is left out; null: this is all there is. */
  readonly leftOut: string | null;
}

/**
 * Reads one more than are listed: a list that ends in silence is taken for all there is.
 * @param which those that are listed, such as `newest 100`
 */
export async function readCut<Row>(
  typed: Typed,
  usual: number,
  which: (limit: number) => string,
  read: (limit: number) => Promise<readonly Row[]>,
): Promise<Cut<Row>> {
  const limit = typed.within('limit', 1, LIMIT_MAX) ?? usual;
  const rows = await read(limit + 1);
  if (rows.length <= limit) return { rows, leftOut: null };
  return { rows: rows.slice(0, limit), leftOut: `Only the ${which(limit)}; more with --limit, up to ${LIMIT_MAX}.` };
}

const PAGE = 100;

/** Reads a page of what is listed by id, and one more, to say where the next page begins. */
export async function readPage<Row extends { readonly id: number }>(
  typed: Typed,
  read: (page: { readonly afterId: number; readonly limit: number }) => Promise<readonly Row[]>,
): Promise<Cut<Row>> {
  const rows = await read({ afterId: typed.whole('after') ?? 0, limit: PAGE + 1 });
  if (rows.length <= PAGE) return { rows, leftOut: null };
  const page = rows.slice(0, PAGE);
  return { rows: page, leftOut: `Only the first ${PAGE}; the next with --after ${page.at(-1)?.id ?? 0}.` };
}
