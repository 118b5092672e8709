import type { Route } from '@varde/routing';
import type { DataSource, EntityManager } from 'typeorm';
import { changeEpisode } from '../episodes/episode-acts.js';
import { LOCK_IDS } from '../server/lock-ids.js';
import { inTransaction } from '../server/in-transaction.js';
import { revokeCredential, saveCredential } from './credentials.js';
import { saveDevice } from './devices.js';
import { found } from './illegal.js';
import { savePatient } from './patients.js';
import { savePerson } from './people.js';
import type { Viewer } from './sessions.js';
import { IS_SELF_TEST } from './is-self-test.js';
import { saveCommunity, saveOrganisation, saveUnit } from './units.js';
import { saveWearer } from './wearers.js';

/** The community of made-up patients; no list and no figure shows it. */
const CODE = 'varde-selftest';
const ZONE = 'Europe/Oslo';
const ALWAYS = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
/** Two, because what was critical is closed by two; nobody can sign in as them. */
const PERSONS = ['varde-selftest-1', 'varde-selftest-2'] as const;
/** Of the form of a hash, and fits no password. */
const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const ROUTES: readonly Route[] = (['info', 'yellow', 'red', 'critical'] as const).map((severity) => ({
  severity,
  first: ['dho'],
  ladder: [{ afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'worklist' }],
  acknowledgementMin: 480,
}));

/** The made-up patient of one machine, with the gateway it measures through. */
export interface SelfTestHome {
  readonly tenant: string;
  readonly clientId: string;
  /** Shown nowhere: it is made anew whenever a process begins. */
  readonly secret: string;
  readonly device: string;
  readonly patientId: number;
  readonly unitId: number;
  /** Whether another credential was in force: a broker forgets it, and ends its connections, some seconds later. */
  readonly hasReplaced: boolean;
}

async function foundOnce(tx: EntityManager, now: Date): Promise<{ communityId: number; unitId: number }> {
  const [known] = await tx.query<{ id: number; unit_id: number }[]>(
    `select c.id, u.id as unit_id from community c join organisation o on o.community_id = c.id join unit u on u.organisation_id = o.id where c.self_test`,
  );
  if (known !== undefined) return { communityId: known.id, unitId: known.unit_id };
  const { communityId } = await saveCommunity(tx, { code: CODE, name: 'Varde', pathway: { name: 'self-test', routes: ROUTES } }, now);
  const organisationId = await saveOrganisation(tx, { communityId, name: CODE });
  const unit = { organisationId, name: CODE, careLevel: 'dho', zone: ZONE, openingHours: ALWAYS, webhook: null } as const;
  const unitId = await saveUnit(tx, unit);
  for (const username of PERSONS) {
    await savePerson(tx, { username, name: username, passwordHash: NO_PASSWORD, roles: ['nurse'], unitIds: [unitId] }, now);
  }
  await tx.query(`update person set active = false where username = any($1::text[])`, [PERSONS]);
  // Last: nobody is added to a unit of this community.
  await tx.query(`update community set self_test = true where id = $1`, [communityId]);
  return { communityId, unitId };
}

/** The made-up patient of one machine, who is not asked anything by any schedule. */
async function patientOf(
  tx: EntityManager,
  name: string,
  { communityId, unitId }: { communityId: number; unitId: number },
  now: Date,
): Promise<number> {
  const [known] = await tx.query<{ id: number }[]>(`select id from patient where community_id = $1 and name = $2`, [communityId, name]);
  if (known !== undefined) return known.id;
  const plain = { birthYear: null, zone: ZONE, unitIds: [unitId], programmes: ['copd'], pathwayId: null } as const;
  const patientId = await savePatient(tx, { communityId, name, ...plain }, now);
  await tx.query(`delete from scheduled_measurement where patient_id = $1`, [patientId]);
  const deviceId = await saveDevice(tx, { communityId, name, kind: 'pulse-oximeter', model: null }, now);
  await saveWearer(tx, { deviceId, userSlot: null, patientId, from: now }, now);
  return patientId;
}

/**
 * The made-up patient of this machine with a fresh credential; community, unit and patient are founded when there are none.
 * @param secretKey the installation's VARDE_SECRET
 */
export async function saveSelfTestHome(dataSource: DataSource, host: string, secretKey: string, now: Date): Promise<SelfTestHome> {
  const name = `selftest-${host.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 64);
  return inTransaction(dataSource, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_IDS.selfTest]);
    const where = await foundOnce(tx, now);
    const patientId = await patientOf(tx, name, where, now);
    const owner = { communityId: where.communityId, clientId: name };
    const old = await tx.query<{ id: number }[]>(
      `select id from credential where community_id = $1 and client_id = $2 and revoked_at is null`,
      [owner.communityId, name],
    );
    for (const { id } of old) await revokeCredential(tx, id, now);
    const { secret } = await saveCredential(tx, owner, secretKey, now);
    return { tenant: CODE, clientId: name, secret, device: name, patientId, unitId: where.unitId, hasReplaced: old.length > 0 };
  });
}

/** Whether there is anybody for whom the chain is there. */
export async function readHasPatients(manager: EntityManager): Promise<boolean> {
  const rows = await manager.query<unknown[]>(`select from patient where not ${IS_SELF_TEST} limit 1`);
  return rows.length > 0;
}

/** How far the made-up value has come. */
export interface SelfTestProgress {
  readonly isStored: boolean;
  readonly isLookedAt: boolean;
  /** The worklist notice of the unit is queued, and has been told to whoever follows the worklist. */
  readonly isNoticed: boolean;
  readonly isTold: boolean;
}

/** Where the next walk begins: ids, because the clocks of the parts differ. */
export async function readSelfTestBegin(manager: EntityManager): Promise<{ readonly measurementId: number; readonly noticeId: number }> {
  const [row] = await manager.query<{ measurement_id: string; notice_id: string }[]>(
    `select coalesce((select max(id) from measurement), 0) as measurement_id, coalesce((select max(id) from notice), 0) as notice_id`,
  );
  return { measurementId: Number(row?.measurement_id ?? 0), noticeId: Number(row?.notice_id ?? 0) };
}

/** Looks how far the walk that began there has come. */
export async function readSelfTestProgress(
  manager: EntityManager,
  patientId: number,
  begin: { readonly measurementId: number; readonly noticeId: number },
): Promise<SelfTestProgress> {
  const rows = await manager.query<SelfTestProgress[]>(
    `select m.id is not null as "isStored",
       m.id is not null and not exists (select from arrival a where a.patient_id = $1 and m.id = any(a.measurement_ids)) as "isLookedAt",
       n.id is not null as "isNoticed", n.delivered_at is not null as "isTold"
     from (values (1)) as always (one)
     left join lateral (select id from measurement where patient_id = $1 and id > $2 order by id desc limit 1) m on true
     left join lateral (
       select n.id, n.delivered_at from notice n join episode e on e.id = n.episode_id
       where n.id > $3 and e.patient_id = $1 and n.channel = 'worklist' order by n.id limit 1
     ) n on true`,
    [patientId, begin.measurementId, begin.noticeId],
  );
  return found(rows, 'self-test of patient', patientId);
}

/** Closes what the walk has opened, as two persons would. */
export async function closeSelfTest(dataSource: DataSource, { patientId, unitId }: SelfTestHome, now: Date): Promise<void> {
  const persons = await dataSource.query<{ id: number; username: string }[]>(
    `select id, username from person where username = any($1::text[]) order by id`,
    [PERSONS],
  );
  const open = await dataSource.query<{ id: string }[]>(`select id from episode where patient_id = $1 and closed_at is null`, [patientId]);
  for (const { id } of open) {
    for (const { id: personId, username } of persons) {
      const viewer: Viewer = { personId, username, name: username, roles: ['nurse'], unitIds: [unitId] };
      const act = { kind: 'close', outcome: 'technical_fixed', note: 'self-test' } as const;
      const isClosed = await inTransaction(
        dataSource,
        async (tx) => (await changeEpisode(tx, viewer, { episodeId: Number(id), seenVersion: null, act }, now)).closedAt !== null,
      );
      if (isClosed) break;
    }
  }
}

/** A walk that has ended. */
export interface SelfTestResult {
  readonly host: string;
  readonly startedAt: Date;
  readonly arrivedAt: Date | null;
  /** How far it came when it did not arrive. */
  readonly stoppedAt: string | null;
}

/** A walk takes two minutes at most; another process of this machine waits for so long. */
const WALKING_MS = 130_000;

/**
 * Begins a walk, unless another process of this machine walks or has arrived within `everyMs`: two at once would be taken for one. A walk of a
 * later time, when the clock was ahead, does not count. Null: not now.
 */
export async function claimSelfTest(dataSource: DataSource, host: string, now: Date, everyMs: number): Promise<number | null> {
  return inTransaction(dataSource, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK_IDS.selfTest]);
    const ago = (ms: number): Date => new Date(now.getTime() - ms);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into self_test (host, started_at) select $1, $2
       where not exists (select from self_test where host = $1 and stopped_at is null and started_at <= $2
                         and started_at > case when arrived_at is null then $3::timestamptz else $4 end) returning id`,
      [host, now, ago(WALKING_MS), ago(everyMs)],
    );
    return row?.id ?? null;
  });
}

/** Keeps what came of a walk: when it arrived, or how far it came. */
export async function saveSelfTest(
  manager: EntityManager,
  id: number,
  { arrivedAt, stoppedAt }: Pick<SelfTestResult, 'arrivedAt' | 'stoppedAt'>,
): Promise<void> {
  await manager.query(`update self_test set arrived_at = $2, stopped_at = $3 where id = $1`, [id, arrivedAt, stoppedAt]);
}

/** The last walk of each machine, by machine. */
export async function readSelfTests(manager: EntityManager): Promise<SelfTestResult[]> {
  return manager.query<SelfTestResult[]>(
    `select distinct on (host) host, started_at as "startedAt", arrived_at as "arrivedAt", stopped_at as "stoppedAt" from self_test order by host, id desc`,
  );
}

/** Units of made-up patients: what the worklist tells them is told to the program itself. */
export async function readSelfTestUnitIds(manager: EntityManager): Promise<number[]> {
  const rows = await manager.query<{ id: number }[]>(
    `select u.id from unit u join organisation o on o.id = u.organisation_id where o.${IS_SELF_TEST}`,
  );
  return rows.map(({ id }) => id);
}
