import { DEFAULT_PATHWAY, type CareLevel, type HolidayRule, type OpeningHours, type Route, type Unit } from '@varde/routing';
import { isZone } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import type { KeptSpecialDay } from '../looks/teams-read.js';
import { raisePlanVersionOfUnit } from './agreement.js';
import { Staircase } from './cooperation.js';
import { refuseLeftWithoutAgreement } from './data-responsibility.js';
import { Conflict, found, Invalid, NotFound, refuseFaults } from './illegal.js';
import { IS_SELF_TEST } from './is-self-test.js';
import { savePathway } from './pathways.js';
import { faultOfHolidayRule, faultOfOpeningHours, faultOfSpecialDays } from './unit-hours.js';

/** Care levels that have units; the patient's own level has none. */
export const UNIT_CARE_LEVELS = [
  'dho',
  'home_nursing',
  'gp',
  'psht',
  'legevakt',
  'hospital_outpatient',
  'amk',
] as const satisfies readonly CareLevel[];

/** A health community. `code` is the tenant of its devices' topics. */
export interface Community {
  readonly id: number;
  readonly code: string;
  readonly name: string;
}

/** A community to found, with the first pathway its patients follow. */
export interface NewCommunity {
  /** `[A-Za-z0-9._-]{1,64}`: it is a segment of every topic. */
  readonly code: string;
  readonly name: string;
  /** Null: the pathway of the rule catalogue. */
  readonly pathway: { readonly name: string; readonly routes: readonly Route[] } | null;
}

/** What an organisation is; only municipalities answer for where their inhabitants' data may go. */
export const ORGANISATION_KINDS = ['municipality', 'gp_office', 'hospital_trust', 'other'] as const;
/** One of the kinds of organisations. */
export type OrganisationKind = (typeof ORGANISATION_KINDS)[number];

/** An organisation of a community. */
export interface Organisation {
  readonly id: number;
  readonly communityId: number;
  readonly name: string;
  readonly kind: OrganisationKind;
}

/** A unit as it is kept, without its roster and contacts. */
export interface KeptUnit extends Omit<Unit, 'duty' | 'contacts' | 'specialDays'> {
  /** Its home, one of those that own it. */
  readonly organisationId: number;
  readonly organisation: string;
  readonly communityId: number;
  /** Where its notices are posted; null: to the worklist only. */
  readonly webhookUrl: string | null;
  readonly specialDays: readonly KeptSpecialDay[];
  /** What it does for people, in its own words, such as `COPD home follow-up`. */
  readonly services: readonly string[];
  /** Whether its people are on a roster; otherwise somebody is there whenever it is open. */
  readonly rosterKept: boolean;
}

/** A unit to add. */
export interface NewUnit {
  /** Its home. */
  readonly organisationId: number;
  readonly name: string;
  readonly careLevel: CareLevel;
  /** IANA zone the opening hours are written in. */
  readonly zone: string;
  readonly openingHours: readonly OpeningHours[];
  /** Left out: as usual. */
  readonly onHolidays?: HolidayRule;
  readonly specialDays?: readonly KeptSpecialDay[];
  readonly services?: readonly string[];
  /** Notices are posted here, signed with the secret; both or neither. */
  readonly webhook: Webhook | null;
}

/** Where a unit's notices are posted, and the key their bodies are signed with. */
export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

const CODE = /^[A-Za-z0-9._-]{1,64}$/;
/** What is wrong with an IANA zone, or null. */
export function faultOfZone(zone: string): string | null {
  return isZone(zone) ? null : `${zone} is no time zone; an example is Europe/Oslo`;
}

/** What is sent to these never leaves the machine. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether nobody on the way can read what is posted there: over TLS, or to this machine itself. */
export function isSealed(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

/** What is wrong with where notices are posted, or null. They hold values of patients: nobody on the way may read them. */
export function faultOfWebhook(webhook: Webhook | null): string | null {
  if (webhook === null) return null;
  if (!isSealed(webhook.url)) return 'a webhook needs an address that begins with https://; http:// only on this machine';
  return webhook.secret.length < 32 ? 'the secret of a webhook needs at least 32 characters' : null;
}

/**
 * Founds a community with the first pathway.
 * @throws Invalid code, name or routes; Conflict code taken
 * @returns its id and the pathway's
 */
export async function saveCommunity(
  manager: EntityManager,
  community: NewCommunity,
  now: Date,
): Promise<{ communityId: number; pathwayId: number }> {
  refuseFaults([
    !CODE.test(community.code) && 'the code of a community has 1 to 64 letters, digits, dots, hyphens or underscores',
    community.name.trim() === '' && 'a community needs a name',
  ]);
  return manager.transaction(async (tx) => {
    const [row] = await tx.query<{ id: number }[]>(
      `insert into community (code, name) values ($1, $2) on conflict (code) do nothing returning id`,
      [community.code, community.name.trim()],
    );
    if (row === undefined) throw new Conflict(`there is already a community ${community.code}`);
    const first = community.pathway ?? { name: 'default', routes: DEFAULT_PATHWAY.routes };
    const pathway = await savePathway(tx, { id: null, communityId: row.id, ...first, inForceFrom: now }, now);
    return { communityId: row.id, pathwayId: pathway.id };
  });
}

/** Every community, by code. */
export async function readCommunities(manager: EntityManager): Promise<Community[]> {
  return manager.query<Community[]>(`select id, code, name from community where not self_test order by code`);
}

/**
 * Adds an organisation to a community; its kind is `other` unless said.
 * @throws Invalid name or kind; NotFound community; Conflict name taken
 */
export async function saveOrganisation(
  manager: EntityManager,
  organisation: { communityId: number; name: string; kind?: OrganisationKind },
): Promise<number> {
  const { communityId, kind = 'other' } = organisation;
  refuseFaults([organisation.name.trim() === '' && 'an organisation needs a name', faultOfKind(kind)]);
  return manager.transaction(async (tx) => {
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into organisation (community_id, name, kind) values ($1, $2, $3) on conflict do nothing returning id`,
      [communityId, organisation.name.trim(), kind],
    );
    if (row === undefined) throw new Conflict(`there is already an organisation ${organisation.name.trim()}`);
    return row.id;
  });
}

function faultOfKind(kind: string): string | null {
  return ORGANISATION_KINDS.some((known) => known === kind) ? null : `an organisation is one of ${ORGANISATION_KINDS.join(', ')}`;
}

/**
 * Says what an organisation is.
 * @throws Invalid; NotFound; Conflict patients would be left with a unit that may not hold their data
 */
export async function changeOrganisationKind(
  manager: EntityManager,
  organisationId: number,
  kind: OrganisationKind,
  now: Date,
): Promise<void> {
  refuseFaults([faultOfKind(kind)]);
  await manager.transaction(async (tx) => {
    const [rows] = await tx.query<[unknown[], number]>(`update organisation set kind = $2 where id = $1 returning id`, [
      organisationId,
      kind,
    ]);
    found(rows, 'organisation', organisationId);
    await refuseLeftWithoutAgreement(tx, { organisationId }, now);
  });
}

/** Every organisation, by name. */
export async function readOrganisations(manager: EntityManager): Promise<Organisation[]> {
  return manager.query<Organisation[]>(
    `select id, community_id as "communityId", name, kind from organisation where not ${IS_SELF_TEST} order by name, id`,
  );
}

function faultOfServices(services: readonly string[]): string | null {
  return services.every((each) => each.trim() !== '' && each.length <= 200) ? null : 'a service is named in 1 to 200 characters';
}

function refuseFaultyUnit(unit: NewUnit): void {
  refuseFaults([
    unit.name.trim() === '' && 'a unit needs a name',
    !UNIT_CARE_LEVELS.some((level) => level === unit.careLevel) && `a unit is at one of the care levels ${UNIT_CARE_LEVELS.join(', ')}`,
    faultOfZone(unit.zone),
    faultOfOpeningHours(unit.openingHours),
    faultOfHolidayRule(unit.onHolidays ?? 'as_usual'),
    faultOfSpecialDays(unit.specialDays ?? []),
    faultOfServices(unit.services ?? []),
    faultOfWebhook(unit.webhook),
  ]);
}

/** Adds a unit of one organisation. @throws Invalid; NotFound organisation; Conflict name taken in the organisation */
export async function saveUnit(manager: EntityManager, unit: NewUnit): Promise<number> {
  refuseFaultyUnit(unit);
  return manager.transaction(async (tx) => {
    const { organisationId, name, careLevel, zone, webhook } = unit;
    found(await tx.query<unknown[]>(`select id from organisation where id = $1`, [organisationId]), 'organisation', organisationId);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into unit (organisation_id, name, care_level, zone, opening_hours, on_holidays, special_days, services, webhook_url, webhook_secret)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id`,
      [
        ...[organisationId, name.trim(), careLevel, zone, JSON.stringify(unit.openingHours)],
        ...[unit.onHolidays ?? 'as_usual', JSON.stringify(unit.specialDays ?? []), trimmed(unit.services ?? [])],
        ...[webhook?.url ?? null, webhook?.secret ?? null],
      ],
    );
    if (row === undefined) throw new Conflict(`the organisation already has a unit ${name.trim()}`);
    await saveOwners(tx, row.id, [organisationId]);
    return row.id;
  });
}

const trimmed = (texts: readonly string[]): string[] => [...new Set(texts.map((each) => each.trim()))];

/** Who would own a unit: its home and those it is joint with, all of one community and each pair on step 4 at least. */
async function refuseOwners(tx: EntityManager, homeId: number, jointWith: readonly number[], now: Date): Promise<number[]> {
  const ids = [...new Set([homeId, ...jointWith])].sort((a, b) => a - b);
  const rows = await tx.query<{ id: number; community_id: number }[]>(
    `select id, community_id from organisation where id = any($1::int[])`,
    [ids],
  );
  const missing = ids.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined) throw new NotFound('organisation', missing);
  if (ids.length === 1) return ids;
  const [community = 0, ...others] = new Set(rows.map((row) => row.community_id));
  if (others.length > 0) throw new Invalid(['organisations that own a unit together belong to one community']);
  const staircase = await Staircase.read(tx, community, now);
  for (const a of ids) for (const b of ids) if (a < b) staircase.refuse({ behaviour: 'own_jointly', a, b });
  return ids;
}

async function saveOwners(tx: EntityManager, unitId: number, organisationIds: readonly number[]): Promise<void> {
  await tx.query(`delete from unit_organisation where unit_id = $1 and organisation_id <> all($2::int[])`, [unitId, organisationIds]);
  await tx.query(
    `insert into unit_organisation (unit_id, organisation_id) select $1, id from unnest($2::int[]) as id on conflict do nothing`,
    [unitId, organisationIds],
  );
}

/**
 * Replaces the organisations that own a unit together with its home; none: it is the home's alone.
 * @throws NotFound; Invalid; Conflict too low a step between two of them, or patients would be left with a unit that may not hold their data
 */
export async function changeUnitOwners(manager: EntityManager, unitId: number, jointWith: readonly number[], now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    const { organisationId: home } = await lockUnit(tx, unitId);
    await saveOwners(tx, unitId, await refuseOwners(tx, home, jointWith, now));
    await refuseLeftWithoutAgreement(tx, { unitId }, now);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
}

/** Replaces what a unit says it does for people. @throws Invalid; NotFound unit */
export async function changeServices(manager: EntityManager, unitId: number, services: readonly string[]): Promise<void> {
  refuseFaults([faultOfServices(services)]);
  const [rows] = await manager.query<[unknown[], number]>(`update unit set services = $2 where id = $1 returning id`, [
    unitId,
    trimmed(services),
  ]);
  found(rows, 'unit', unitId);
}

/** Locks a unit while something of it is changed. @throws NotFound */
export async function lockUnit(tx: EntityManager, unitId: number): Promise<{ organisationId: number; zone: string }> {
  const rows = await tx.query<{ organisation_id: number; zone: string }[]>(
    `select organisation_id, zone from unit where id = $1 for no key update`,
    [unitId],
  );
  const { organisation_id: organisationId, zone } = found(rows, 'unit', unitId);
  return { organisationId, zone };
}

/** Sets or removes where a unit's notices are posted. @throws Invalid; NotFound unit */
export async function changeWebhook(manager: EntityManager, unitId: number, webhook: Webhook | null): Promise<void> {
  refuseFaults([faultOfWebhook(webhook)]);
  const [rows] = await manager.query<[unknown[], number]>(
    `update unit set webhook_url = $2, webhook_secret = $3 where id = $1 returning id`,
    [unitId, webhook?.url ?? null, webhook?.secret ?? null],
  );
  found(rows, 'unit', unitId);
}

interface KeptUnitRow extends Pick<KeptUnit, 'id' | 'name' | 'zone' | 'organisation' | 'services'> {
  care_level: CareLevel;
  opening_hours: OpeningHours[];
  on_holidays: HolidayRule;
  special_days: KeptSpecialDay[];
  organisation_id: number;
  organisation_ids: number[];
  community_id: number;
  webhook_url: string | null;
  roster_kept: boolean;
}

/** Every unit with its organisation, by organisation and name; never a webhook's secret. */
export async function readUnits(manager: EntityManager): Promise<KeptUnit[]> {
  const rows = await manager.query<KeptUnitRow[]>(
    `select u.id, u.name, u.care_level, u.zone, u.opening_hours, u.on_holidays, u.special_days, u.services, u.roster_kept, u.organisation_id,
       array(select w.organisation_id from unit_organisation w where w.unit_id = u.id order by 1) as organisation_ids,
       o.name as organisation, o.community_id, u.webhook_url
     from unit u join organisation o on o.id = u.organisation_id where not o.${IS_SELF_TEST} order by o.name, u.name, u.id`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    zone: row.zone,
    organisation: row.organisation,
    services: row.services,
    careLevel: row.care_level,
    openingHours: row.opening_hours,
    onHolidays: row.on_holidays,
    specialDays: row.special_days,
    organisationId: row.organisation_id,
    organisationIds: row.organisation_ids,
    communityId: row.community_id,
    webhookUrl: row.webhook_url,
    rosterKept: row.roster_kept,
  }));
}
