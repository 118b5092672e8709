import type { EntityManager } from 'typeorm';

const FORGETS = `
  select s as name from unnest(array['fsync', 'synchronous_commit']) as s where current_setting(s) = 'off'`;

/**
 * Settings by which the server may forget what it has acknowledged, as they are now: they can be changed while it runs, and a changed role or
 * database is seen by the connections made after it.
 */
export async function readForgets(manager: EntityManager): Promise<string[]> {
  return (await manager.query<{ name: string }[]>(FORGETS)).map(({ name }) => name);
}
