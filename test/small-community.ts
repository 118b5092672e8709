import { hash } from '@node-rs/argon2';
import type { DataSource } from 'typeorm';

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

const ALWAYS = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const ROUTES = ['info', 'yellow', 'red', 'critical'].map((severity) => ({
  severity,
  first: ['dho', 'gp'],
  ladder: [{ afterMin: 30, openingHoursClock: false, careLevel: 'dho', to: 'all staff' }],
  acknowledgementMin: 240,
}));

/** Fills an empty database with the small community. */
export async function saveSmallCommunity(dataSource: DataSource): Promise<SmallCommunity> {
  const idOf = async (sql: string, values: readonly unknown[]): Promise<number> => {
    const [row] = await dataSource.query<{ id: number }[]>(`${sql} returning id`, [...values]);
    return row?.id ?? 0;
  };
  const communityId = await idOf(`insert into community (code, name) values ($1, $2)`, ['liten', 'Lite helsefellesskap']);
  const unit = async (organisation: string, name: string, careLevel: string): Promise<number> => {
    const organisationId = await idOf(`insert into organisation (community_id, name) values ($1, $2)`, [communityId, organisation]);
    return idOf(`insert into unit (organisation_id, name, care_level, zone, opening_hours) values ($1, $2, $3, 'Europe/Oslo', $4)`, [
      organisationId,
      name,
      careLevel,
      JSON.stringify(ALWAYS),
    ]);
  };
  const units = {
    north: await unit('Nordvik kommune', 'Oppfølging Nordvik', 'dho'),
    south: await unit('Sørvik kommune', 'Oppfølging Sørvik', 'dho'),
    clinic: await unit('Sykehuset', 'Lungepoliklinikken', 'hospital_outpatient'),
  };
  // One hash for all: argon2 is slow on purpose.
  const passwordHash = await hash(PASSWORD, { memoryCost: 1024, timeCost: 1 });
  const person = async (username: string, roles: string[], unitIds: number[]): Promise<number> => {
    const id = await idOf(`insert into person (username, name, password_hash, roles, created_at) values ($1, $2, $3, $4, $5)`, [
      username,
      `Navn ${username}`,
      passwordHash,
      roles,
      SINCE,
    ]);
    for (const unitId of unitIds) await dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [id, unitId]);
    return id;
  };
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
  const patient = async (name: string, unitIds: number[]): Promise<number> => {
    const id = await idOf(
      `insert into patient (community_id, name, birth_year, pathway_id, monitored_from) values ($1, $2, 1950, $3, $4)`,
      [communityId, name, pathwayId, SINCE],
    );
    for (const unitId of unitIds) await dataSource.query(`insert into team_unit (patient_id, unit_id) values ($1, $2)`, [id, unitId]);
    await dataSource.query(`insert into patient_watch (patient_id) values ($1)`, [id]);
    return id;
  };
  const patients = {
    first: await patient('Første Oppdiktet', [units.north, units.clinic]),
    second: await patient('Andre Oppdiktet', [units.north]),
    south: await patient('Tredje Oppdiktet', [units.south]),
  };
  return { communityId, pathwayId, units, people, patients };
}
