import { ServiceProcess } from '../service-process.js';
import {
  clientOf,
  eventually,
  foundHomes,
  openDrillDatabase,
  pause,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';

const HOMES = 20;

let drill: DrillDatabase;
beforeAll(async () => {
  drill = await openDrillDatabase();
});
afterAll(() => drill.close());

test('a patient whose look throws is told of as a technical episode, the others go on, and nothing is lost when it works again', async () => {
  const homes = await foundHomes(drill.database, HOMES);
  const broken = homes[7] as DrillHome;
  const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => drill.database.dataSource.query(sql, values);
  const service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest,watch' });
  const clients = homes.map((home) => clientOf(home, service.mqttPort));
  try {
    // A programme the rules do not know makes judging this one patient throw.
    await query(`update scheduled_measurement set metric = 'no such metric' where patient_id = $1`, [broken.patientId]);
    await query(`alter table enrolment drop constraint enrolment_programme_check`);
    await query(`update enrolment set programme = 'unknown' where patient_id = $1`, [broken.patientId]);
    await query(`update patient set plan_version = plan_version + 1, zone = 'Nowhere/Land' where id = $1`, [broken.patientId]);
    await Promise.all(clients.map((client) => client.connect()));
    for (const [index, client] of clients.entries()) client.publish(0, spo2Message(homes[index] as DrillHome, 80, new Date()));
    await Promise.all(clients.map((client) => client.whenIdle()));

    const critical = async (): Promise<number[]> =>
      (await query<{ patient_id: number }>(`select patient_id from episode where severity = 'critical'`)).map((row) => row.patient_id);
    await eventually('the others have their episodes', async () => (await critical()).length === HOMES - 1, 20_000);
    expect(await critical()).not.toContain(broken.patientId);
    const technical = () =>
      query(`select id from episode where patient_id = $1 and 'technical' = any(domains) and closed_at is null`, [broken.patientId]);
    await eventually('the broken one is on the worklist as technical', async () => (await technical()).length === 1, 20_000);
    expect(await query(`select 1 from reading where patient_id = $1`, [broken.patientId])).toHaveLength(1);

    await query(`update patient set zone = 'Europe/Oslo' where id = $1`, [broken.patientId]);
    await query(`update enrolment set programme = 'copd' where patient_id = $1`, [broken.patientId]);
    await query(`delete from scheduled_measurement where patient_id = $1`, [broken.patientId]);
    await query(`update patient_watch set due_at = now() where patient_id = $1`, [broken.patientId]);
    await query(`notify varde_due`);
    await eventually('it is judged once it can be', async () => (await critical()).includes(broken.patientId), 20_000);
    expect(await technical()).toHaveLength(1);
  } finally {
    for (const client of clients) client.kill();
    await service.kill();
  }
}, 180_000);

test('a patient whose look cannot be written, whatever the cause, does not stop the others and is told of', async () => {
  const homes = await foundHomes(drill.database, HOMES);
  const broken = homes[7] as DrillHome;
  const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => drill.database.dataSource.query(sql, values);
  // A code that speaks of the server: of one patient it would never come to an end.
  await query(`create function planted() returns trigger language plpgsql as
    $$ begin raise exception 'planted' using errcode = '57014'; end $$`);
  await query(`create trigger planted before insert on episode for each row
    when (new.patient_id = ${broken.patientId} and new.severity = 'critical') execute function planted()`);
  const service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest,watch' });
  const clients = homes.map((home) => clientOf(home, service.mqttPort));
  const severities = async ({ patientId }: DrillHome): Promise<string[]> =>
    (await query<{ severity: string }>(`select severity from episode where patient_id = $1 order by id`, [patientId])).map(
      (row) => row.severity,
    );
  try {
    await Promise.all(clients.map((client) => client.connect()));
    clients[7]?.publish(0, spo2Message(broken, 80, new Date()));
    await clients[7]?.whenIdle();
    await pause(1_000);
    for (const [index, client] of clients.entries())
      if (index !== 7) client.publish(0, spo2Message(homes[index] as DrillHome, 80, new Date()));
    await Promise.all(clients.map((client) => client.whenIdle()));
    const others = homes.filter((home) => home !== broken);
    const isCritical = async (): Promise<boolean> =>
      (await Promise.all(others.map(severities))).every((found) => found.includes('critical'));
    await eventually('the others have their episodes', isCritical, 40_000);
    const technical = () =>
      query(`select id from episode where patient_id = $1 and 'technical' = any(domains) and closed_at is null`, [broken.patientId]);
    await eventually('the broken one is on the worklist as technical', async () => (await technical()).length === 1, 40_000);

    expect(await severities(broken)).not.toContain('critical');
    await query(`drop trigger planted on episode`);
    await query(`update patient_watch set due_at = now() where patient_id = $1`, [broken.patientId]);
    await query(`notify varde_due`);
    await eventually('it is judged once it can be', async () => (await severities(broken)).includes('critical'), 40_000);
  } finally {
    for (const client of clients) client.kill();
    await service.kill();
  }
}, 180_000);
