import { isZone } from '@varde/plans';
import { DEFAULT_PATHWAY, type CareLevel, type OpeningHours, type Route, type Unit } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { raisePlanVersionOfUnit } from './agreement.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import { savePathway } from './pathways.js';
import { toUnit, type UnitRow } from '../looks/plans-read.js';

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

/** A unit with the organisation it belongs to. */
export interface KeptUnit extends Unit {
  readonly organisationId: number;
  readonly organisation: string;
  readonly communityId: number;
  /** Where its notices are posted; null: to the worklist only. */
  readonly webhookUrl: string | null;
}

/** A unit to add. */
export interface NewUnit {
  readonly organisationId: number;
  readonly name: string;
  readonly careLevel: CareLevel;
  /** IANA zone the opening hours are written in. */
  readonly zone: string;
  readonly openingHours: readonly OpeningHours[];
  /** Notices are posted here, signed with the secret; both or neither. */
  readonly webhook: Webhook | null;
}

/** Where a unit's notices are posted, and the key their bodies are signed with. */
export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

const CODE = /^[A-Za-z0-9._-]{1,64}$/;
const FROM = /^([01]\d|2[0-3]):[0-5]\d$/;
const TO = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** What is wrong with opening hours, in one sentence, or null. Hours that end at or before they begin end on the next day. */
export function faultOfOpeningHours(hours: readonly OpeningHours[]): string | null {
  if (hours.length === 0) return 'a unit needs opening hours; a unit that never opens cannot take anything';
  for (const { weekdays, from, to } of hours) {
    const days = weekdays.filter((day) => Number.isInteger(day) && day >= 1 && day <= 7);
    if (days.length === 0 || days.length !== weekdays.length) return 'opening hours name weekdays from 1 (Monday) to 7 (Sunday)';
    if (!FROM.test(from) || !TO.test(to)) return 'opening hours run from HH:MM to HH:MM, the end at most 24:00';
  }
  return null;
}

/** What is wrong with an IANA zone, or null. */
export function faultOfZone(zone: string): string | null {
  return isZone(zone) ? null : `${zone} is no time zone; an example is Europe/Oslo`;
}

function faultOfWebhook(webhook: Webhook | null): string | null {
  if (webhook === null) return null;
  const url = URL.canParse(webhook.url) ? new URL(webhook.url) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return 'a webhook needs an address that begins with https:// or http://';
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
    const pathway = await savePathway(tx, { id: null, communityId: row.id, ...first, inForceFrom: now });
    return { communityId: row.id, pathwayId: pathway.id };
  });
}

/** Every community, by code. */
export async function readCommunities(manager: EntityManager): Promise<Community[]> {
  return manager.query<Community[]>(`select id, code, name from community order by code`);
}

/** Adds an organisation to a community. @throws Invalid name; NotFound community; Conflict name taken */
export async function saveOrganisation(manager: EntityManager, organisation: { communityId: number; name: string }): Promise<number> {
  refuseFaults([organisation.name.trim() === '' && 'an organisation needs a name']);
  return manager.transaction(async (tx) => {
    const { communityId } = organisation;
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into organisation (community_id, name) values ($1, $2) on conflict do nothing returning id`,
      [communityId, organisation.name.trim()],
    );
    if (row === undefined) throw new Conflict(`there is already an organisation ${organisation.name.trim()}`);
    return row.id;
  });
}

/** Every organisation, by name. */
export async function readOrganisations(manager: EntityManager): Promise<{ id: number; communityId: number; name: string }[]> {
  return manager.query(`select id, community_id as "communityId", name from organisation order by name, id`);
}

/** Adds a unit. @throws Invalid; NotFound organisation; Conflict name taken in the organisation */
export async function saveUnit(manager: EntityManager, unit: NewUnit): Promise<number> {
  refuseFaults([
    unit.name.trim() === '' && 'a unit needs a name',
    !UNIT_CARE_LEVELS.some((level) => level === unit.careLevel) && `a unit is at one of the care levels ${UNIT_CARE_LEVELS.join(', ')}`,
    faultOfZone(unit.zone),
    faultOfOpeningHours(unit.openingHours),
    faultOfWebhook(unit.webhook),
  ]);
  return manager.transaction(async (tx) => {
    const { organisationId, name, careLevel, zone, openingHours, webhook } = unit;
    found(await tx.query<unknown[]>(`select id from organisation where id = $1`, [organisationId]), 'organisation', organisationId);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into unit (organisation_id, name, care_level, zone, opening_hours, webhook_url, webhook_secret)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
      [organisationId, name.trim(), careLevel, zone, JSON.stringify(openingHours), webhook?.url ?? null, webhook?.secret ?? null],
    );
    if (row === undefined) throw new Conflict(`the organisation already has a unit ${name.trim()}`);
    await tx.query(`insert into unit_organisation (unit_id, organisation_id) values ($1, $2)`, [row.id, organisationId]);
    return row.id;
  });
}

/** Locks a unit while something of it is changed. @throws NotFound */
export async function lockUnit(tx: EntityManager, unitId: number): Promise<void> {
  found(await tx.query<unknown[]>(`select id from unit where id = $1 for no key update`, [unitId]), 'unit', unitId);
}

/** Replaces a unit's opening hours; everybody it serves is looked at again. @throws Invalid; NotFound unit */
export async function changeOpeningHours(
  manager: EntityManager,
  unitId: number,
  openingHours: readonly OpeningHours[],
  now: Date,
): Promise<void> {
  refuseFaults([faultOfOpeningHours(openingHours)]);
  await manager.transaction(async (tx) => {
    const [rows] = await tx.query<[unknown[], number]>(`update unit set opening_hours = $2 where id = $1 returning id`, [
      unitId,
      JSON.stringify(openingHours),
    ]);
    found(rows, 'unit', unitId);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
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

/** Every unit with its organisation, by organisation and name; never a webhook's secret. */
export async function readUnits(manager: EntityManager): Promise<KeptUnit[]> {
  const rows = await manager.query<
    (UnitRow & { organisation_id: number; organisation: string; community_id: number; webhook_url: string | null })[]
  >(
    `select u.id, u.name, u.care_level, u.zone, u.opening_hours, u.organisation_id, o.name as organisation, o.community_id, u.webhook_url
     from unit u join organisation o on o.id = u.organisation_id order by o.name, u.name, u.id`,
  );
  return rows.map((row) => ({
    ...toUnit(row),
    organisationId: row.organisation_id,
    organisation: row.organisation,
    communityId: row.community_id,
    webhookUrl: row.webhook_url,
  }));
}
