import type { EntityManager } from 'typeorm';
import { Conflict, found, refuseFaults } from './illegal.js';

/** What a person may do (DESIGN section 8); patients do not sign in yet. */
export const PERSON_ROLES = ['nurse', 'physician', 'team_lead', 'administrator', 'operator'] as const;
/** One of the roles; a person may have several. */
export type PersonRole = (typeof PERSON_ROLES)[number];

/** A person who signs in, without the password hash. */
export interface Person {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  readonly active: boolean;
  /** The units the person works for. */
  readonly unitIds: readonly number[];
  readonly createdAt: Date;
}

/** A person to add. */
export interface NewPerson {
  /** Lower-case letters, digits, `.`, `_`, `-`; 2 to 64. */
  readonly username: string;
  readonly name: string;
  /** argon2id in PHC form, made by the caller: the store never sees a password. */
  readonly passwordHash: string;
  readonly roles: readonly PersonRole[];
  readonly unitIds: readonly number[];
}

const USERNAME = /^[a-z0-9][a-z0-9._-]{1,63}$/;

function faultsOfRoles(roles: readonly string[]): (string | false)[] {
  const unknown = roles.filter((role) => !PERSON_ROLES.includes(role as PersonRole));
  return [
    roles.length === 0 && 'a person needs at least one role',
    unknown.length > 0 && `no such role: ${unknown.join(', ')}; roles are ${PERSON_ROLES.join(', ')}`,
  ];
}

async function saveUnits(tx: EntityManager, personId: number, unitIds: readonly number[]): Promise<void> {
  const ids = [...new Set(unitIds)];
  await tx.query(`delete from person_unit where person_id = $1 and unit_id <> all($2::int[])`, [personId, ids]);
  const known = await tx.query<{ id: number }[]>(`select id from unit where id = any($1::int[])`, [ids]);
  for (const id of ids) {
    found(
      known.filter((unit) => unit.id === id),
      'unit',
      id,
    );
  }
  await tx.query(`insert into person_unit (person_id, unit_id) select $1, id from unnest($2::int[]) as id on conflict do nothing`, [
    personId,
    ids,
  ]);
}

/**
 * Adds a person and the units they work for.
 * @throws Invalid username, name or roles; Conflict username taken; NotFound unit
 * @returns the person's id
 */
export async function savePerson(manager: EntityManager, person: NewPerson, now: Date): Promise<number> {
  refuseFaults([
    !USERNAME.test(person.username) && 'a username has 2 to 64 lower-case letters, digits, dots, hyphens or underscores',
    person.name.trim() === '' && 'a person needs a name',
    !person.passwordHash.startsWith('$argon2id$') && 'the password must come as an argon2id hash',
    ...faultsOfRoles(person.roles),
  ]);
  return manager.transaction(async (tx) => {
    const rows = await tx.query<{ id: number }[]>(
      `insert into person (username, name, password_hash, roles, created_at) values ($1, $2, $3, $4, $5)
       on conflict (username) do nothing returning id`,
      [person.username, person.name.trim(), person.passwordHash, [...new Set(person.roles)], now],
    );
    const [row] = rows;
    if (row === undefined) throw new Conflict(`the username ${person.username} is taken`);
    await saveUnits(tx, row.id, person.unitIds);
    return row.id;
  });
}

/** Replaces the units a person works for. @throws NotFound person or unit */
export async function changePersonUnits(manager: EntityManager, personId: number, unitIds: readonly number[]): Promise<void> {
  await manager.transaction(async (tx) => {
    found(await tx.query<unknown[]>(`select id from person where id = $1 for update`, [personId]), 'person', personId);
    await saveUnits(tx, personId, unitIds);
  });
}

async function refuseLosingLastAdministrator(tx: EntityManager, personId: number): Promise<void> {
  const others = await tx.query<{ id: number }[]>(
    `select id from person where active and 'administrator' = any(roles) order by id for update`,
  );
  if (others.some((other) => other.id === personId) && others.length === 1) {
    throw new Conflict('this is the last active administrator; make another one first');
  }
}

/** Replaces a person's roles. @throws Invalid roles; NotFound person; Conflict when no administrator would be left */
export async function changePersonRoles(manager: EntityManager, personId: number, roles: readonly PersonRole[]): Promise<void> {
  refuseFaults(faultsOfRoles(roles));
  await manager.transaction(async (tx) => {
    if (!roles.includes('administrator')) await refuseLosingLastAdministrator(tx, personId);
    const [rows] = await tx.query<[unknown[], number]>(`update person set roles = $2 where id = $1 returning id`, [personId, roles]);
    found(rows, 'person', personId);
  });
}

/**
 * Lets a person sign in, or not any more; their sign-ins end with it. A person is never deleted: what they did names them.
 * @throws NotFound person; Conflict when no administrator would be left
 */
export async function changePersonActive(manager: EntityManager, personId: number, active: boolean): Promise<void> {
  await manager.transaction(async (tx) => {
    if (!active) await refuseLosingLastAdministrator(tx, personId);
    const [rows] = await tx.query<[unknown[], number]>(`update person set active = $2 where id = $1 returning id`, [personId, active]);
    found(rows, 'person', personId);
    if (!active) await tx.query(`delete from session where person_id = $1`, [personId]);
  });
}

/** Replaces a person's password; every sign-in of theirs ends. @throws NotFound person */
export async function changePasswordHash(manager: EntityManager, personId: number, passwordHash: string): Promise<void> {
  refuseFaults([!passwordHash.startsWith('$argon2id$') && 'the password must come as an argon2id hash']);
  await manager.transaction(async (tx) => {
    const [rows] = await tx.query<[unknown[], number]>(`update person set password_hash = $2 where id = $1 returning id`, [
      personId,
      passwordHash,
    ]);
    found(rows, 'person', personId);
    await tx.query(`delete from session where person_id = $1`, [personId]);
  });
}

interface PersonRow {
  id: number;
  username: string;
  name: string;
  roles: PersonRole[];
  active: boolean;
  unit_ids: number[];
  created_at: Date;
}

/** Everyone who can or could sign in, by username; never a hash. */
export async function readPeople(manager: EntityManager): Promise<Person[]> {
  const rows = await manager.query<PersonRow[]>(
    `select p.id, p.username, p.name, p.roles, p.active, p.created_at,
       coalesce(array_agg(u.unit_id order by u.unit_id) filter (where u.unit_id is not null), '{}') as unit_ids
     from person p left join person_unit u on u.person_id = p.id group by p.id order by p.username`,
  );
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    name: row.name,
    roles: row.roles,
    active: row.active,
    unitIds: row.unit_ids,
    createdAt: row.created_at,
  }));
}

/** The person of this username. @throws NotFound */
export async function readPersonByUsername(manager: EntityManager, username: string): Promise<Person> {
  const people = await readPeople(manager);
  return found(
    people.filter((person) => person.username === username),
    'person',
    username,
  );
}
