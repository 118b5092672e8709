/** As much of an error as a log may hold. */
export interface LoggableFault {
  readonly name: string;
  readonly code: string | null;
  readonly message: string;
  readonly stack: readonly string[];
}

const FRAMES_MAX = 12;

/**
 * What happened and where, without the statement and its values, which the database's driver hangs on its errors. What PostgreSQL says of a
 * value it refuses (class 22) quotes the value, so that is left out too.
 */
export function loggable(error: unknown): LoggableFault {
  if (!(error instanceof Error)) return { name: typeof error, code: null, message: 'something was thrown that is no error', stack: [] };
  const code = 'code' in error ? String(error.code) : null;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const message = code?.startsWith('22') ? 'a value was refused' : error.message;
  return { name: error.name, code, message, stack: frames.slice(0, FRAMES_MAX).map((frame) => frame.trim()) };
}
