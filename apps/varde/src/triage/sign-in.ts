import { randomBytes } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import { forgetSignInTry, readAccount, saveSession, saveSignInTry, type Database } from '@varde/store';
import { hashPassword } from '../password.js';
import { hashToken } from './session-cookie.js';

/** Tries that fail count for this long. */
export const TRIES_WINDOW_MS = 15 * 60_000;
/** Failed tries for one name, from anywhere; the next ones are not looked at. */
export const TRIES_BY_USERNAME_MAX = 8;
/** Failed tries from one address, for any name; a centre's people may share one. */
export const TRIES_BY_ADDRESS_MAX = 60;

/** The name is unknown, or the password is wrong: which of them is not said, and takes the same time to find out. */
export class WrongCredentials extends Error {
  override name = 'WrongCredentials';
}

/** Too many tries have failed; nobody's password was looked at. */
export class TooManyTries extends Error {
  override name = 'TooManyTries';
  readonly retryAfterSec = TRIES_WINDOW_MS / 1_000;
}

/** A name and password from an address. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly address: string;
}

let decoy: Promise<string> | undefined;

/** Makes ready what unknown names are checked against, so that the first of them takes no longer than the others. */
export async function prepareSignIn(): Promise<void> {
  await (decoy ??= hashPassword(randomBytes(24).toString('base64url')));
}

/**
 * Checks a password and begins a session. The try is counted before the password is looked at, so that a thousand at once count as a
 * thousand; when too many have failed it is not counted, so that the wait ends by itself.
 * @returns the token for the browser; kept here only as its hash
 * @throws WrongCredentials, TooManyTries
 */
export async function signIn(database: Database, credentials: Credentials, lastsMs: number, now: Date): Promise<string> {
  const { manager } = database.dataSource;
  const username = credentials.username.toLowerCase();
  const { id, byUsername, byAddress } = await saveSignInTry(manager, { username, address: credentials.address }, now, TRIES_WINDOW_MS);
  if (byUsername > TRIES_BY_USERNAME_MAX || byAddress > TRIES_BY_ADDRESS_MAX) {
    await forgetSignInTry(manager, id);
    throw new TooManyTries('too many tries have failed; wait a quarter of an hour');
  }
  await prepareSignIn();
  const account = await readAccount(manager, username);
  const isRight = await verify(account?.passwordHash ?? (await decoy) ?? '', credentials.password);
  if (!account || !isRight) throw new WrongCredentials('unknown name or wrong password');
  const token = randomBytes(32).toString('base64url');
  await saveSession(
    manager,
    { tokenHash: hashToken(token), personId: account.personId, expiresAt: new Date(now.getTime() + lastsMs) },
    now,
  );
  await forgetSignInTry(manager, id);
  return token;
}
