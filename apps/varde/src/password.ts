import { hash } from '@node-rs/argon2';

/** NIST SP 800-63B: at least 8 where it is the only factor of a low-value account; health records deserve more. */
export const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 256;

// OWASP password storage: argon2id with 19 MiB, 2 passes, 1 lane.
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** What is wrong with a new password, in one sentence, or null. */
export function faultOfPassword(password: string): string | null {
  if (password.length < PASSWORD_LENGTH_MIN) return `a password needs at least ${PASSWORD_LENGTH_MIN} characters`;
  if (password.length > PASSWORD_LENGTH_MAX) return `a password has at most ${PASSWORD_LENGTH_MAX} characters`;
  return null;
}

/** The argon2id hash that is kept of a password, PHC form with its own salt. Takes some tens of milliseconds off the main thread. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS);
}
