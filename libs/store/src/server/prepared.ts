import type { Pool, QueryArrayResult } from 'pg';
import type { DataSource } from 'typeorm';

/** A statement that a connection parses and plans once, known by its name. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

// A server that went away without a word would otherwise hold a batch, and with it every acknowledgement, until TCP gives up.
const ANSWER_MS = 60_000;

/**
 * Runs one prepared statement by itself: it is its own transaction, all or nothing, in one round trip. Rows come as arrays in the
 * order of the select list. TypeORM's `query` prepares nothing, and planning a storing statement anew takes longer than running it.
 * Rejects with the driver's error: `code` is the SQLSTATE, or the system's word when the connection broke.
 */
export async function runPrepared(dataSource: DataSource, { name, text }: Prepared, values: readonly unknown[]): Promise<unknown[][]> {
  const { master } = dataSource.driver as unknown as { readonly master: Pool };
  const config = { name, text, values: [...values], rowMode: 'array' as const, query_timeout: ANSWER_MS };
  const result: QueryArrayResult<unknown[]> = await master.query<unknown[]>(config);
  return result.rows;
}

/**
 * Columns of rows given as array parameters, to stand in a `from` list: `columns('a', 1, { id: 'int', name: 'text' })` is `$1` and `$2` unnested side
 * by side, with `place` counting from 1.
 *
 * The sub-select keeps the lengths of the arrays from the planner. Knowing them it would plan every execution anew, because a plan made for one row
 * looks cheaper than a plan for any number; and planning takes longer than storing a row.
 */
export function columns(alias: string, first: number, types: Readonly<Record<string, string>>): string {
  const names = Object.keys(types);
  const given = Object.values(types).map((type, at) => `$${first + at}::${type}[] as p${at}`);
  const unnested = names.map((_, at) => `given_${alias}.p${at}`);
  return `(select ${given.join(', ')} offset 0) as given_${alias}
    cross join lateral unnest(${unnested.join(', ')}) with ordinality as ${alias} (${names.join(', ')}, place)`;
}
