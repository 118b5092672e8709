import type { EntityManager } from 'typeorm';
import type { PersonRole } from './people.js';

/** A person who is signed in, as every read that may show patients needs it. */
export interface Viewer {
  readonly personId: number;
  readonly username: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  /** The units the person works for: what they see is the patients whose team has one of these. */
  readonly unitIds: readonly number[];
}

/** A sign-in that lasts until `expiresAt`. */
export interface Session {
  readonly viewer: Viewer;
  readonly expiresAt: Date;
}

/** How a name that tries to sign in is known: null when nobody active has it. */
export async function readAccount(
  manager: EntityManager,
  username: string,
): Promise<{ readonly personId: number; readonly passwordHash: string } | null> {
  const rows = await manager.query<{ id: number; password_hash: string }[]>(
    `select id, password_hash from person where username = $1 and active`,
    [username],
  );
  const [row] = rows;
  return row ? { personId: row.id, passwordHash: row.password_hash } : null;
}

/** One try to sign in that counts until it has succeeded. */
export interface SignInTry {
  readonly id: number;
  /** Tries that have failed or are not decided yet, this one among them, since the start of the window. */
  readonly byUsername: number;
  readonly byAddress: number;
}

/**
 * Counts a try before its password is looked at, so that many at the same moment, in several processes, see each other.
 * `forgetSignInTry` takes it back when it succeeds or is not even made.
 */
export async function saveSignInTry(
  manager: EntityManager,
  who: { readonly username: string; readonly address: string },
  now: Date,
  windowMs: number,
): Promise<SignInTry> {
  const [saved] = await manager.query<{ id: string }[]>(
    `insert into sign_in_failure (username, address, at) values ($1, $2, $3) returning id`,
    [who.username, who.address, now],
  );
  const [counted] = await manager.query<{ by_username: number; by_address: number }[]>(
    `select (select count(*)::integer from sign_in_failure where username = $1 and at > $3) as by_username,
            (select count(*)::integer from sign_in_failure where address = $2 and at > $3) as by_address`,
    [who.username, who.address, new Date(now.getTime() - windowMs)],
  );
  return { id: Number(saved?.id), byUsername: counted?.by_username ?? 0, byAddress: counted?.by_address ?? 0 };
}

/** Takes back a try. */
export async function forgetSignInTry(manager: EntityManager, id: number): Promise<void> {
  await manager.query(`delete from sign_in_failure where id = $1`, [id]);
}

/** Begins a sign-in. `tokenHash` is SHA-256 of the token; the token itself is kept by the browser only. */
export async function saveSession(
  manager: EntityManager,
  session: { readonly tokenHash: Buffer; readonly personId: number; readonly expiresAt: Date },
  now: Date,
): Promise<void> {
  await manager.query(`insert into session (token_hash, person_id, created_at, expires_at) values ($1, $2, $3, $4)`, [
    session.tokenHash,
    session.personId,
    now,
    session.expiresAt,
  ]);
}

const READ_SESSION = `
  select p.id, p.username, p.name, p.roles, s.expires_at,
    array(select unit_id from person_unit u where u.person_id = p.id order by unit_id) as unit_ids
  from session s join person p on p.id = s.person_id
  where s.token_hash = $1 and s.expires_at > $2 and p.active`;

/** The sign-in a token belongs to, with the person's roles and units as they are now; null when there is none or it has ended. */
export async function readSession(manager: EntityManager, tokenHash: Buffer, now: Date): Promise<Session | null> {
  interface Row {
    id: number;
    username: string;
    name: string;
    roles: PersonRole[];
    expires_at: Date;
    unit_ids: number[];
  }
  const [row] = await manager.query<Row[]>(READ_SESSION, [tokenHash, now]);
  if (!row) return null;
  const { id, username, name, roles, unit_ids: unitIds, expires_at: expiresAt } = row;
  return { viewer: { personId: id, username, name, roles, unitIds }, expiresAt };
}

/** Ends a sign-in; ending one that has ended is no fault. */
export async function endSession(manager: EntityManager, tokenHash: Buffer): Promise<void> {
  await manager.query(`delete from session where token_hash = $1`, [tokenHash]);
}
