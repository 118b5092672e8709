import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';

const AGAIN_MS = [10, 50, 200];

/**
 * Runs work in one transaction, READ COMMITTED unless said otherwise: all or nothing. A deadlock or serialization failure is tried again up to three times,
 * so the work may run more than once and must do nothing outside its `tx`. Inside, use only `tx`: the embedded engine has one
 * backend and anything else waits for the transaction to end.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<T>,
  isolation: 'READ COMMITTED' | 'REPEATABLE READ' = 'READ COMMITTED',
): Promise<T> {
  for (const waitMs of [...AGAIN_MS, null]) {
    try {
      return await dataSource.transaction(isolation, work);
    } catch (error) {
      if (waitMs === null || !isCollision(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  throw new Error('unreachable: the last try returns or throws');
}

/** Whether PostgreSQL gave up a transaction only because of another one (40001 serialization, 40P01 deadlock). */
function isCollision(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return code === '40001' || code === '40P01';
}
