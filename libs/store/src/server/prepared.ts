import type { Pool, PoolClient, QueryArrayResult } from 'pg';
import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';

/** A statement that a connection parses and plans once, known by its name. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** Rows that each statement, by its text, has been given in this process. */
const rowsGiven = new Map<string, number>();

/**
 * The name under which a connection knows the statement now: a new one each time the rows given to it have doubled. A plan is kept for as long as
 * nobody analyses the tables; one made while they were empty reads them whole for every row, and a minute of that stops a busy young database.
 */
function nameFor({ name, text }: Prepared, rows: number): string {
  const given = (rowsGiven.get(text) ?? 0) + rows;
  rowsGiven.set(text, given);
  return `${name}_${Math.floor(Math.log2(given + 1))}`;
}

// A server that went away without a word would otherwise hold a batch, and with it every acknowledgement, until TCP gives up.
const ANSWER_MS = 60_000;

/**
 * Runs one prepared statement by itself: it is its own transaction, all or nothing, in one round trip. Rows come as arrays in the
 * order of the select list. TypeORM's `query` prepares nothing, and planning a storing statement anew takes longer than running it.
 * Rejects with the driver's error: `code` is the SQLSTATE, or the system's word when the connection broke.
 * @param rows how many rows the values stand for; the statement is planned anew when their sum has doubled
 */
export async function runPrepared(
  dataSource: DataSource,
  prepared: Prepared,
  values: readonly unknown[],
  rows: number,
): Promise<unknown[][]> {
  const result: QueryArrayResult<unknown[]> = await poolOf(dataSource).query<unknown[]>(configOf(prepared, values, rows));
  return result.rows;
}

/** The connections themselves, for what TypeORM has no words for. */
export const poolOf = (dataSource: DataSource): Pool => (dataSource.driver as unknown as { readonly master: Pool }).master;

function configOf(prepared: Prepared, values: readonly unknown[], rows: number) {
  const { text } = prepared;
  return timed({ name: nameFor(prepared, rows), text, values: [...values], rowMode: 'array' as const });
}

/** The types of `pg` know this only for a whole connection. */
const timed = <Config extends object>(config: Config): Config => Object.assign(config, { query_timeout: ANSWER_MS });

/** Transaction locks `(space, id)`, taken in the order of the ids. */
export interface Locks {
  readonly space: number;
  readonly ids: readonly number[];
}

/**
 * As `runPrepared`, but the statement begins only when it holds the locks, so it sees what everybody did who held one of them before. That costs
 * a transaction of three round trips more.
 */
export async function runPreparedLocked(
  dataSource: DataSource,
  locks: Locks,
  run: { readonly prepared: Prepared; readonly values: readonly unknown[]; readonly rows: number },
): Promise<unknown[][]> {
  const client = await poolOf(dataSource).connect();
  // A connection that breaks tells its query, which rejects, and then everybody.
  const onError = (): void => undefined;
  client.on('error', onError);
  let fault: unknown;
  try {
    await client.query(timed({ text: 'begin' }));
    const ids = [...new Set(locks.ids)].sort((one, other) => one - other);
    const text = 'select pg_advisory_xact_lock($1::int, id) from unnest($2::int[]) as id';
    await client.query(timed({ text, values: [locks.space, ids] }));
    const result = await client.query<unknown[]>(configOf(run.prepared, run.values, run.rows));
    await client.query(timed({ text: 'commit' }));
    return result.rows;
  } catch (error) {
    fault = error;
    throw error;
  } finally {
    client.off('error', onError);
    // With a fault the connection is closed, and the database takes the transaction back.
    client.release(fault !== undefined);
  }
}

/**
 * Runs a prepared statement as a part of a transaction; rows come as objects. Not for `select *`: a column more would break those who hold the plan.
 * Without a transaction the statement is planned anew, as `query` does.
 * @param rows as in runPrepared
 * @throws QueryFailedError as `query` does
 */
export async function queryPrepared<Row>(tx: EntityManager, prepared: Prepared, values: readonly unknown[], rows: number): Promise<Row[]> {
  const { text } = prepared;
  if (!tx.queryRunner) return tx.query<Row[]>(text, [...values]);
  const client = (await tx.queryRunner.connect()) as PoolClient;
  try {
    const result = await client.query<object>({ name: nameFor(prepared, rows), text, values: [...values] });
    return result.rows as Row[];
  } catch (error) {
    throw error instanceof Error ? new QueryFailedError(text, [...values], error) : error;
  }
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
