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
