import { ServiceProcess } from '../service-process.js';
import { clientOf, eventually, foundHomes, openDrillDatabase, spo2Message, type DrillDatabase, type DrillHome } from './drill-rig.js';

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
