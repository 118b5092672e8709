/**
 * Waits for all of them, also when one fails, and then throws what failed first of them in order. Statements of one transaction that do not need
 * each other's answers are sent together this way and travel once; none may be on its way any more when the transaction is given up, or it would be
 * carried out after it.
 */
export async function together<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(work);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return (await Promise.all(work)) as unknown as T;
}
