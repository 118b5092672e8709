import { hash } from '@node-rs/argon2';
import { NEVER_OFFERED, type Episode, type EpisodeStep } from '@varde/alerts';
import { inTransaction, saveEpisodeChanges, type Viewer } from '@varde/store';
import type { DataSource } from 'typeorm';
import { ALWAYS } from './community.js';

/** The password of everybody in the small community. */
export const PASSWORD = 'en liten varde på en høy ås';

/** Ids of a small fictitious community: two municipalities that share nothing but a hospital clinic without patients of its own. */
export interface SmallCommunity {
  readonly communityId: number;
  readonly pathwayId: number;
  readonly units: { readonly north: number; readonly south: number; readonly clinic: number };
  /** By user name; `nora` works for north, `siri` for south, `pia` is north's physician, `tove` its team lead, `ada` administrates, `odd` operates. */
  readonly people: Readonly<Record<'nora' | 'siri' | 'pia' | 'tove' | 'ada' | 'odd', number>>;
  /** Two patients of north (the first also of the clinic), one of south. */
  readonly patients: { readonly first: number; readonly second: number; readonly south: number };
}

/** A moment everything in the small community was in force well before. */
export const SINCE = new Date('2026-01-01T00:00:00Z');

const ROUTES = ['info', 'yellow', 'red', 'critical'].map((severity) => ({
  severity,
  first: ['dho', 'gp'],
  ladder: [{ afterMin: 30, openingHoursClock: false, careLevel: 'dho', to: 'all staff' }],
  acknowledgementMin: 240,
}));

/** An act of measuring, as bare as the table takes it: without readings. */
export interface BareMeasurement {
  readonly deviceId: number;
  readonly patientId: number;
  readonly at: Date;
  /** The gateway it came through. */
  readonly clientId: string;
}

/** Stores an act of measuring that came at once. */
export async function saveMeasurement(dataSource: DataSource, { deviceId, patientId, at, clientId }: BareMeasurement): Promise<void> {
  await dataSource.query(
    `insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
       received_at, from_memory, quality, client_id) values ($1, 'k', $2, '', '', $3, $4, 'q', 1, $4, false, 'ok', $5)`,
    [deviceId, `${at.toISOString()} ${clientId}`, patientId, at, clientId],
  );
}

/** Fills an empty database with the small community. */
export async function saveSmallCommunity(dataSource: DataSource): Promise<SmallCommunity> {
  const communityId = await idOf(dataSource, `insert into community (code, name) values ($1, $2)`, ['liten', 'Lite helsefellesskap']);
  const unit = (organisation: string, name: string, careLevel: string): Promise<number> =>
    saveUnit(dataSource, { communityId, organisation, name, careLevel });
  const units = {
    north: await unit('Nordvik kommune', 'Oppfølging Nordvik', 'dho'),
    south: await unit('Sørvik kommune', 'Oppfølging Sørvik', 'dho'),
    clinic: await unit('Sykehuset', 'Lungepoliklinikken', 'hospital_outpatient'),
  };
  const person = await personSaver(dataSource);
  const people = {
    nora: await person('nora', ['nurse'], [units.north]),
    siri: await person('siri', ['nurse'], [units.south]),
    pia: await person('pia', ['physician'], [units.north]),
    tove: await person('tove', ['team_lead'], [units.north]),
    ada: await person('ada', ['administrator'], [units.north]),
    odd: await person('odd', ['operator'], [units.north]),
  };
  const pathwayId = 1;
  await dataSource.query(
    `insert into pathway (id, version, community_id, name, routes, in_force_from) values ($1, 1, $2, 'Felles', $3, $4)`,
    [pathwayId, communityId, JSON.stringify(ROUTES), SINCE],
  );
  const patient = (name: string, unitIds: number[]): Promise<number> => savePatient(dataSource, { communityId, pathwayId, name, unitIds });
  const patients = {
    first: await patient('Første Oppdiktet', [units.north, units.clinic]),
    second: await patient('Andre Oppdiktet', [units.north]),
    south: await patient('Tredje Oppdiktet', [units.south]),
  };
  return { communityId, pathwayId, units, people, patients };
}

async function idOf(dataSource: DataSource, sql: string, values: readonly unknown[]): Promise<number> {
  const [row] = await dataSource.query<{ id: number }[]>(`${sql} returning id`, [...values]);
  return row?.id ?? 0;
}

async function saveUnit(
  dataSource: DataSource,
  unit: { communityId: number; organisation: string; name: string; careLevel: string },
): Promise<number> {
  const organisationId = await idOf(dataSource, `insert into organisation (community_id, name) values ($1, $2)`, [
    unit.communityId,
    unit.organisation,
  ]);
  const [row] = await dataSource.query<{ id: number }[]>(
    `with made as (
       insert into unit (organisation_id, name, care_level, zone, opening_hours) values ($1, $2, $3, 'Europe/Oslo', $4) returning *
     )
     insert into unit_organisation (unit_id, organisation_id) select id, organisation_id from made returning unit_id as id`,
    [organisationId, unit.name, unit.careLevel, JSON.stringify(ALWAYS)],
  );
  return row?.id ?? 0;
}

/** One hash for everybody: argon2 is slow on purpose. */
async function personSaver(dataSource: DataSource): Promise<(username: string, roles: string[], unitIds: number[]) => Promise<number>> {
  const passwordHash = await hash(PASSWORD, { memoryCost: 1024, timeCost: 1 });
  return async (username, roles, unitIds) => {
    const id = await idOf(dataSource, `insert into person (username, name, password_hash, roles, created_at) values ($1, $2, $3, $4, $5)`, [
      username,
      `Navn ${username}`,
      passwordHash,
      roles,
      SINCE,
    ]);
    for (const unitId of unitIds) await dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [id, unitId]);
    return id;
  };
}

/** Saves one more patient of the small community; answers the id. */
async function savePatient(
  dataSource: DataSource,
  patient: { communityId: number; pathwayId: number; name: string; unitIds: readonly number[] },
): Promise<number> {
  const id = await idOf(
    dataSource,
    `insert into patient (community_id, name, birth_year, pathway_id, monitored_from) values ($1, $2, 1950, $3, $4)`,
    [patient.communityId, patient.name, patient.pathwayId, SINCE],
  );
  for (const unitId of patient.unitIds) await dataSource.query(`insert into team_unit (patient_id, unit_id) values ($1, $2)`, [id, unitId]);
  await dataSource.query(`insert into patient_watch (patient_id) values ($1)`, [id]);
  return id;
}

/** Somebody who is signed in. */
export function viewerOf(personId: number, unitIds: readonly number[], roles: Viewer['roles'] = ['nurse']): Viewer {
  return { personId, username: `p${personId}`, name: `Navn ${personId}`, roles, unitIds };
}

/** An open red episode of the first patient, owned by north, not stored yet. */
export function anEpisode(small: SmallCommunity, openedAt: Date, given: Partial<Episode> = {}): Episode {
  const domains = given.domains ?? (['respiratory'] as const);
  const severity = given.severity ?? 'red';
  return {
    id: 0,
    patientId: small.patients.first,
    domains,
    severity,
    signals: domains.map((domain) => ({
      ruleId: domain === 'respiratory' ? 'copd.spo2.below_target' : `gen.${domain}`,
      ruleVersion: 1,
      domain,
      severity,
      count: 1,
      firstAt: openedAt,
      lastAt: openedAt,
      standing: true,
      clearedAt: null,
    })),
    openedAt,
    begunAgainAt: null,
    lastSignalAt: openedAt,
    ownerUnitId: small.units.north,
    ...NEVER_OFFERED,
    acknowledgedAt: null,
    acknowledgedByPersonId: null,
    acknowledgementEndsAt: null,
    clearedAt: null,
    closedAt: null,
    closedByPersonId: null,
    outcome: null,
    relapses: 0,
    pathwayId: small.pathwayId,
    pathwayVersion: 1,
    ladderStartedAt: openedAt,
    ladderStepsTaken: 0,
    nextStepAt: new Date(openedAt.getTime() + 30 * 60_000),
    version: 1,
    ...given,
  };
}

/** Stores an episode as a look would, with its finding in words and one notice to its owner; answers the id. */
export async function saveAnEpisode(dataSource: DataSource, episode: Episode): Promise<number> {
  const at = episode.openedAt;
  const reason = { nb: 'SpO2 86 % under målområdet', en: 'SpO2 86 % below the target' };
  const steps: EpisodeStep[] = [
    { at, kind: 'opened', byPersonId: null, reason: { nb: 'åpnet', en: 'opened' } },
    { at, kind: 'finding', byPersonId: null, reason },
  ];
  const notice = {
    key: `${episode.id}/opened/1`,
    cause: 'opened' as const,
    severity: episode.severity,
    unitId: episode.ownerUnitId,
    at,
    text: reason,
  };
  const change = { episode, steps, findings: [], notices: [notice] };
  const [id] = await inTransaction(dataSource, (tx) => saveEpisodeChanges(tx, [{ patientId: episode.patientId, change }], at));
  return id ?? 0;
}
