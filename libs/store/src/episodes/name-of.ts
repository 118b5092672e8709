/**
 * SQL: the name of a unit or a person, to stand in a select list; null where there is none. As joins, half a dozen names take the planner longer than
 * the statement takes to run.
 * @param id column with its id
 */
export const nameOf = (table: 'unit' | 'person', id: string): string => `(select name from ${table} where id = ${id})`;
