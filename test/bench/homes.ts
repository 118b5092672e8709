import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { savePatient, savePerson, type Database } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { leaveOutQuestions, makeOneUnitCommunity } from '../community.js';
import { DRILL_SECRET } from '../service-process.js';

/** One simulated home: a gateway of its own with one oximeter, worn by one patient. */
export interface Home {
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string;
  readonly device: string;
  readonly deviceId: number;
  readonly patientId: number;
}

/** Homes of one community, and the nurse who follows them all. */
export interface Community {
  readonly homes: readonly Home[];
  readonly unitId: number;
  readonly nurse: { readonly username: string; readonly password: string };
}

/**
 * Founds a community with so many homes. The first patient is saved as the service does it; the others are copies of its rows, in a
 * few statements, so that ten thousand take seconds.
 * @param since from when the patients are followed
 */
export async function foundCommunity(database: Database, count: number, since: Date): Promise<Community> {
  const { manager } = database.dataSource;
  const code = `bench-${randomUUID().slice(0, 8)}`;
  const ladder = { ladderMin: [0, 600], acknowledgementMin: 480 };
  const { communityId, unitId } = await makeOneUnitCommunity(manager, code, ladder, since);
  const patient = { communityId, name: 'Patient 0', birthYear: null, zone: 'Europe/Oslo', unitIds: [unitId], pathwayId: null };
  const first = await savePatient(manager, { ...patient, programmes: ['copd'] }, since);
  await leaveOutQuestions(manager, first);
  const homes = await manager.transaction(async (tx) => {
    const patientIds = [first, ...(await copyPatient(tx, first, count - 1))];
    return saveHomes(tx, { communityId, code, patientIds, since });
  });
  // A database that is in use has statistics; this one is a second old.
  await manager.query('analyze');
  return { homes, unitId, nurse: await saveNurse(manager, unitId, since) };
}

async function copyPatient(tx: EntityManager, patientId: number, copies: number): Promise<number[]> {
  const rows = await tx.query<{ id: number }[]>(
    `insert into patient (community_id, name, birth_year, zone, pathway_id, monitored_from, plan_version)
     select community_id, 'Patient ' || n, birth_year, zone, pathway_id, monitored_from, plan_version
     from patient cross join generate_series(1, $2::int) n where id = $1 returning id`,
    [patientId, copies],
  );
  const ids = rows.map(({ id }) => id);
  const copy = (table: string, columns: string): Promise<unknown> =>
    tx.query(
      `insert into ${table} (patient_id, ${columns}) select c.id, ${columns} from ${table} cross join unnest($2::int[]) c (id) where patient_id = $1`,
      [patientId, ids],
    );
  await copy('team_unit', 'unit_id');
  await tx.query(
    `insert into enrolment (patient_id, programme, from_at) select c.id, programme, from_at
     from enrolment e cross join unnest($2::int[]) c (id) where e.patient_id = $1`,
    [patientId, ids],
  );
  await copy('scheduled_measurement', 'metric, at_local, weekdays, from_at, to_at, only_in_episode');
  await copy('patient_watch', 'due_at');
  return ids;
}

interface ToSave {
  readonly communityId: number;
  readonly code: string;
  readonly patientIds: readonly number[];
  readonly since: Date;
}

async function saveHomes(tx: EntityManager, { communityId, code, patientIds, since }: ToSave): Promise<Home[]> {
  const named = patientIds.map((patientId, at) => ({
    patientId,
    device: `OX${at}`,
    clientId: `gw-${at}`,
    secret: randomBytes(32).toString('base64url'),
  }));
  const devices = await tx.query<{ id: number; name: string }[]>(
    `insert into device (community_id, name, kind, registered_at) select $1, name, 'pulse-oximeter', $3 from unnest($2::text[]) name
     returning id, name`,
    [communityId, named.map(({ device }) => device), since],
  );
  const deviceIds = new Map(devices.map(({ id, name }) => [name, id]));
  const homes = named.map((home) => ({ ...home, tenant: code, deviceId: deviceIds.get(home.device) ?? 0 }));
  await tx.query(`insert into wearer (device_id, patient_id, from_at) select *, $3 from unnest($1::int[], $2::int[])`, [
    homes.map(({ deviceId }) => deviceId),
    homes.map(({ patientId }) => patientId),
    since,
  ]);
  await tx.query(
    `insert into credential (community_id, client_id, secret_hmac, created_at)
     select $1, client_id, decode(hmac, 'hex'), $4 from unnest($2::text[], $3::text[]) as c (client_id, hmac)`,
    [
      communityId,
      homes.map(({ clientId }) => clientId),
      homes.map(({ secret }) => createHmac('sha256', DRILL_SECRET).update(secret).digest('hex')),
      since,
    ],
  );
  return homes;
}

async function saveNurse(manager: EntityManager, unitId: number, since: Date): Promise<Community['nurse']> {
  const nurse = { username: `nurse-${randomUUID().slice(0, 8)}`, password: randomBytes(16).toString('base64url') };
  const passwordHash = await hash(nurse.password);
  await savePerson(manager, { username: nurse.username, name: 'Bench', passwordHash, roles: ['nurse'], unitIds: [unitId] }, since);
  return nurse;
}
