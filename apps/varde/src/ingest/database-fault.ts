/**
 * What a failed write calls for: `again` the database is away or in another's way; `content` something in the batch cannot be stored;
 * `final` trying again would fail again whatever the batch holds.
 */
export type DatabaseFault = 'again' | 'content' | 'final';

// Classes of SQLSTATE. 08 connection, 25 transaction state (read-only standby), 28 sign-in, 3D no such database, 40 collision, 53 resources,
// 55 not in the right state, 57 operator, 58 system, XX internal.
const AGAIN = new Set(['08', '25', '28', '3D', '40', '53', '55', '57', '58', 'XX']);
// 21 one row twice in one command, 22 data, 23 constraint, 54 too long or too complex, P0 raised by a trigger.
const CONTENT = new Set(['21', '22', '23', '54', 'P0']);
// Configuration limit: TimescaleDB says it of rows that would unpack too much of a compressed chunk.
const CONTENT_CODE = '53400';

/** Judges an error of the driver. What carries no SQLSTATE is a broken connection, unless it is a fault of our own program in one message. */
export function judgeFault(error: unknown): DatabaseFault {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError)
    return 'content';
  const code = sqlState(error);
  if (code === null) return 'again';
  if (code === CONTENT_CODE) return 'content';
  const family = code.slice(0, 2);
  if (AGAIN.has(family)) return 'again';
  return CONTENT.has(family) ? 'content' : 'final';
}

/** The SQLSTATE of a driver's error, or null when it has none. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  // The system's own words may be as long: EPIPE, EPERM. No SQLSTATE begins with E.
  return typeof error.code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(error.code) ? error.code : null;
}

/** What of an error may go to the log: its kind and code. Messages of the database can quote values. */
export function describeFault(error: unknown): { readonly kind: string; readonly code: string | null; readonly at: string | null } {
  const kind = error instanceof Error ? error.name : typeof error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
  const at = error instanceof Error ? (/\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? null) : null;
  return { kind, code, at };
}
