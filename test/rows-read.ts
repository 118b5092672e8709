import type { Database } from '@varde/store';

/** More than any pool of a test holds. */
const CONNECTIONS = 20;

const READ = `
  select coalesce(sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0)), 0)::integer as rows
  from pg_stat_user_tables s
  where s.relname = any($1) or exists (
    select from timescaledb_information.chunks c
    where c.hypertable_name = any($1) and c.chunk_schema = s.schemaname and c.chunk_name = s.relname)`;

/** How many rows of these tables and their chunks are read while something is done, on native TimescaleDB: whole tables, and along indexes. */
export async function rowsRead({ dataSource }: Database, tables: readonly string[], act: () => Promise<unknown>): Promise<number> {
  const now = async (): Promise<number> => {
    // Each connection keeps its counts to itself for a while; all of them are busy at once only if each is asked.
    await Promise.all(Array.from({ length: CONNECTIONS }, () => dataSource.query('select pg_stat_force_next_flush(), pg_sleep(0.05)')));
    const [row] = await dataSource.query<{ rows: number }[]>(READ, [tables]);
    return row?.rows ?? 0;
  };
  const before = await now();
  await act();
  return (await now()) - before;
}
