import type { EntityManager } from 'typeorm';
import { raisePlanVersionOfUnits, savePreflightDue } from './agreement.js';
import { Staircase } from './cooperation.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import { IS_SELF_TEST } from './is-self-test.js';

/** What a person may do (DESIGN section 8); patients do not sign in yet. */
export const PERSON_ROLES = ['nurse', 'physician', 'team_lead', 'administrator', 'operator'] as const;
/** The roles of those who act on episodes. */
export const CLINICAL_ROLES: readonly PersonRole[] = ['nurse', 'physician', 'team_lead'];

/** SQL: whether somebody may sign in and act on episodes. @param person alias of the table `person` */
export const isClinician = (person: string): string =>
  `(${person}.active and ${person}.roles && array[${CLINICAL_ROLES.map((role) => `'${role}'`).join(', ')}])`;

/** One of the roles; a person may have several. */
export type PersonRole = (typeof PERSON_ROLES)[number];

/** A person who signs in, without the password hash. */
export interface Person {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  readonly active: boolean;
  /** Where the person is employed; null: not known, as of somebody who works for no unit. */
  readonly organisationId: number | null;
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
  /** Where the person is employed; left out: where the first of the units has its home. */
  readonly organisationId?: number | null;
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

interface WorkplaceRow {
  id: number;
  name: string;
  community_id: number;
  home_id: number;
  organisation_ids: number[];
}

async function readWorkplaces(tx: EntityManager, unitIds: readonly number[]): Promise<WorkplaceRow[]> {
  const rows = await tx.query<WorkplaceRow[]>(
    `select u.id, u.name, o.community_id, u.organisation_id as home_id,
       array(select w.organisation_id from unit_organisation w where w.unit_id = u.id order by 1) as organisation_ids
     from unit u join organisation o on o.id = u.organisation_id where u.id = any($1::int[]) and not o.${IS_SELF_TEST}`,
    [unitIds],
  );
  return unitIds.map((id) =>
    found(
      rows.filter((row) => row.id === id),
      'unit',
      id,
    ),
  );
}

/** Somebody employed elsewhere works for a unit only when an organisation that owns it shares staff with theirs (step 3). */
async function refuseForeignWork(tx: EntityManager, homeId: number, units: readonly WorkplaceRow[], now: Date): Promise<void> {
  const communities = new Map<number, Staircase>();
  for (const { community_id: communityId, organisation_ids: owners } of units) {
    if (owners.includes(homeId)) continue;
    const staircase = communities.get(communityId) ?? (await Staircase.read(tx, communityId, now));
    communities.set(communityId, staircase);
    const pairs = owners.map((b) => ({ behaviour: 'share_staff' as const, a: homeId, b }));
    const [first] = pairs;
    if (first && !pairs.some((pair) => staircase.isAllowed(pair))) staircase.refuse(first);
  }
}

/** Somebody whose home is not known gets the home of the first unit. */
async function saveUnits(tx: EntityManager, personId: number, unitIds: readonly number[], now: Date): Promise<void> {
  const ids = [...new Set(unitIds)];
  const units = await readWorkplaces(tx, ids);
  const [first] = units;
  if (first) {
    const [rows] = await tx.query<[{ organisation_id: number }[], number]>(
      `update person set organisation_id = coalesce(organisation_id, $2) where id = $1 returning organisation_id`,
      [personId, first.home_id],
    );
    await refuseForeignWork(tx, found(rows, 'person', personId).organisation_id, units, now);
  }
  await tx.query(`delete from person_unit where person_id = $1 and unit_id <> all($2::int[])`, [personId, ids]);
  await tx.query(`insert into person_unit (person_id, unit_id) select $1, id from unnest($2::int[]) as id on conflict do nothing`, [
    personId,
    ids,
  ]);
}

/** Says that rosters and contacts that name the person may read differently now, and that units may have other people. */
export async function raiseUnitsOfPerson(tx: EntityManager, personId: number, now: Date): Promise<void> {
  const rows = await tx.query<{ unit_id: number }[]>(
    `select unit_id from duty where person_id = $1 and removed_at is null and to_at > $2
     union select unit_id from contact where person_id = $1 and removed_at is null`,
    [personId, now],
  );
  const unitIds = rows.map((row) => row.unit_id);
  await raisePlanVersionOfUnits(tx, unitIds, now);
  await savePreflightDue(tx, now);
}

/**
 * Adds a person and the units they work for.
 * @throws Invalid username, name or roles; NotFound organisation or unit; Conflict username taken, or a unit of an organisation that does not
 * share staff with the person's own
 * @returns the person's id
 */
export async function savePerson(manager: EntityManager, person: NewPerson, now: Date): Promise<number> {
  refuseFaults([
    !USERNAME.test(person.username) && 'a username has 2 to 64 lower-case letters, digits, dots, hyphens or underscores',
    person.name.trim() === '' && 'a person needs a name',
    !person.passwordHash.startsWith('$argon2id$') && 'the password must come as an argon2id hash',
    ...faultsOfRoles(person.roles),
  ]);
  const { organisationId = null } = person;
  return manager.transaction(async (tx) => {
    await refuseNoOrganisation(tx, organisationId);
    const rows = await tx.query<{ id: number }[]>(
      `insert into person (username, name, password_hash, roles, created_at, organisation_id) values ($1, $2, $3, $4, $5, $6)
       on conflict (username) do nothing returning id`,
      [person.username, person.name.trim(), person.passwordHash, [...new Set(person.roles)], now, organisationId],
    );
    const [row] = rows;
    if (row === undefined) throw new Conflict(`the username ${person.username} is taken`);
    await saveUnits(tx, row.id, person.unitIds, now);
    return row.id;
  });
}

async function refuseNoOrganisation(tx: EntityManager, organisationId: number | null): Promise<void> {
  if (organisationId === null) return;
  found(await tx.query<unknown[]>(`select id from organisation where id = $1`, [organisationId]), 'organisation', organisationId);
}

/** Where a person is employed and which units they work for; what is left out stays. */
export interface Work {
  readonly organisationId?: number | undefined;
  readonly unitIds?: readonly number[] | undefined;
}

/**
 * Part of `changePerson`. Changes where a person is employed, or replaces the units they work for.
 * @throws NotFound person, organisation or unit; Conflict a unit of an organisation that does not share staff with the person's own
 */
export async function changePersonWork(manager: EntityManager, personId: number, work: Work, now: Date): Promise<void> {
  const { organisationId = null, unitIds } = work;
  await manager.transaction(async (tx) => {
    await refuseNoOrganisation(tx, organisationId);
    const people = await tx.query<{ unit_ids: number[] }[]>(
      `select array(select unit_id from person_unit u where u.person_id = p.id order by 1) as unit_ids from person p where p.id = $1 for no key update`,
      [personId],
    );
    const known = found(people, 'person', personId).unit_ids;
    await tx.query(`update person set organisation_id = coalesce($2, organisation_id) where id = $1`, [personId, organisationId]);
    await saveUnits(tx, personId, unitIds ?? known, now);
  });
}

/** @throws Conflict when no administrator would be left */
export async function refuseLosingLastAdministrator(tx: EntityManager, personId: number): Promise<void> {
  const others = await tx.query<{ id: number }[]>(
    `select id from person where active and 'administrator' = any(roles) order by id for no key update`,
  );
  if (others.some((other) => other.id === personId) && others.length === 1) {
    throw new Conflict('this is the last active administrator; make another one first');
  }
}

/** Part of `changePerson`. Replaces a person's roles. @throws Invalid roles; NotFound person; Conflict when no administrator would be left */
export async function changePersonRoles(manager: EntityManager, personId: number, roles: readonly PersonRole[]): Promise<void> {
  refuseFaults(faultsOfRoles(roles));
  await manager.transaction(async (tx) => {
    if (!roles.includes('administrator')) await refuseLosingLastAdministrator(tx, personId);
    const [rows] = await tx.query<[unknown[], number]>(`update person set roles = $2 where id = $1 returning id`, [personId, roles]);
    found(rows, 'person', personId);
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
  organisation_id: number | null;
  unit_ids: number[];
  created_at: Date;
}

/** Everyone who can or could sign in, by username; never a hash. */
export async function readPeople(manager: EntityManager): Promise<Person[]> {
  const rows = await manager.query<PersonRow[]>(
    `select p.id, p.username, p.name, p.roles, p.active, p.created_at, p.organisation_id,
       coalesce(array_agg(u.unit_id order by u.unit_id) filter (where u.unit_id is not null), '{}') as unit_ids
     from person p left join person_unit u on u.person_id = p.id
     where p.organisation_id is null or p.organisation_id not in (select id from organisation where ${IS_SELF_TEST})
     group by p.id order by p.username`,
  );
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    name: row.name,
    roles: row.roles,
    active: row.active,
    organisationId: row.organisation_id,
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
