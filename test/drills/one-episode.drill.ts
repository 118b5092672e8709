import { ServiceProcess } from '../service-process.js';
import {
  clientOf,
  eventually,
  foundHomes,
  openDrillDatabase,
  readCount,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';

const ROUNDS = Number(process.env['VARDE_DRILL_ROUNDS'] ?? 200);
const PUBLISHERS = 50;
const WATCHERS = 3;

let drill: DrillDatabase;
beforeAll(async () => {
  drill = await openDrillDatabase();
});
afterAll(() => drill.close());

test(`${PUBLISHERS} publishers break one patient's limit at the same moment, ${ROUNDS} rounds, ${WATCHERS} watchers: one open episode each round`, async () => {
  const publishers = await foundHomes(drill.database, PUBLISHERS);
  const patients = await foundHomes(drill.database, ROUNDS);
  const service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest' });
  const watchers = [];
  for (let number = 0; number < WATCHERS; number++) watchers.push(await ServiceProcess.start({ databaseUrl: drill.url, roles: 'watch' }));
  const clients = publishers.map((home) => clientOf(home, service.mqttPort));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    for (const [round, patient] of patients.entries()) {
      await wearAll(drill, publishers, patient.patientId);
      const at = new Date();
      for (const [index, client] of clients.entries()) {
        const home = publishers[index] as DrillHome;
        client.publish(round, spo2Message(home, 79 + (index % 5), new Date(at.getTime() - index), `round:${round}`));
      }
      await Promise.all(clients.map((client) => client.whenIdle()));
    }
    await eventually(
      'every reading has been looked at',
      async () => (await readCount(drill.database, `select count(*)::int as n from arrival`)) === 0,
      60_000,
    );
    await eventually('nobody is being looked at', async () => (await open(drill)).length === ROUNDS, 30_000);
    expect((await open(drill)).filter(({ n }) => n !== 1)).toEqual([]);
    expect(await readCount(drill.database, `select count(*)::int as n from episode where owner_unit_id is null`)).toBe(0);
    expect(
      await readCount(drill.database, `select count(*)::int as n from finding where rule_id = 'copd.spo2.critical' and result = 'fire'`),
    ).toBe(ROUNDS * PUBLISHERS);
  } finally {
    for (const client of clients) client.kill();
    await Promise.all([service, ...watchers].map((process) => process.kill()));
  }
}, 400_000);

/** Gives every device to one patient from a minute ago on. */
async function wearAll({ database }: DrillDatabase, publishers: readonly DrillHome[], patientId: number): Promise<void> {
  const names = publishers.map((home) => home.device);
  const tenant = publishers[0]?.tenant;
  await database.dataSource.query(
    `update wearer w set patient_id = $1 from device d join community c on c.id = d.community_id where d.id = w.device_id and c.code = $2 and d.name = any($3)`,
    [patientId, tenant, names],
  );
}

async function open({ database }: DrillDatabase): Promise<{ patient_id: number; n: number }[]> {
  return database.dataSource.query(
    `select patient_id, count(*)::int as n from episode where closed_at is null and severity = 'critical' group by patient_id`,
  );
}
