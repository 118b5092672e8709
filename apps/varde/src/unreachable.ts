/** The database given by DATABASE_URL cannot be reached; the sentence says why, and nothing of the address, which may hold a password. */
class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

const NOBODY = 'nobody answers there';
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(ECONNREFUSED|ECONNRESET|ENOENT|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|57P0[13])$/, NOBODY],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its host is not known'],
  [/^28/, 'it refuses the user or the password'],
  [/^3D000$/, 'it has no database of that name'],
  [/^53300$/, 'it has no connection left'],
];

/** A driver's error as one sentence when it says that the database cannot be reached, else as it is. */
export function sayUnreachable(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS.find(([codes]) => codes.test(code))?.[1];
  return reason === undefined ? error : new DatabaseUnreachable(`the database at DATABASE_URL cannot be used: ${reason} (${code})`);
}
