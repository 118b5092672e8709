import { decodeAck, decodeCommand, type Command } from '@varde/wire';
import { Home } from '../devices/fleet/home.js';
import { DEVICE_KINDS } from '../devices/fleet/homes-file.js';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import {
  addHome,
  addPerson,
  eventually,
  foundCommunity,
  Gateway,
  mqttPort,
  spo2,
  startService,
  type AddedHome,
  type Founded,
} from './whole-way.js';

const DAY_MS = 86_400_000;

let db: TestDatabase;
let service: Service;
let founded: Founded;

beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
  founded = await foundCommunity(db.database, { since: new Date(Date.now() - DAY_MS) });
});
afterAll(async () => {
  await service.stop();
  await db.close();
});

interface AskRow {
  readonly key: string;
  readonly delivered_at: Date | null;
  readonly settled_at: Date | null;
  readonly attempts: number;
}
const asksOf = ({ patientId }: AddedHome): Promise<AskRow[]> =>
  db.database.dataSource.query(`select key, delivered_at, settled_at, attempts from home_ask where patient_id = $1 order by id`, [
    patientId,
  ]);
const findingsOf = ({ patientId }: AddedHome): Promise<{ result: string }[]> =>
  db.database.dataSource.query(
    `select result from finding where patient_id = $1 and rule_id = 'copd.spo2.below_target' and result <> 'not_evaluable' order by id`,
    [patientId],
  );
const addOximeterHome = (name: string): Promise<AddedHome> =>
  addHome(db.database, founded, { gateway: name, programmes: ['copd'], devices: [{ id: `OX-${name}`, kind: 'pulse-oximeter' }] });

/** Lets a gateway hear what it is asked. */
async function listen(gateway: Gateway): Promise<Command[]> {
  const heard: Command[] = [];
  const answers = gateway.client.onMessage;
  gateway.client.onMessage = (topic, payload) => {
    if (decodeAck(payload)) return answers?.(topic, payload);
    const command = decodeCommand(payload);
    if (command) heard.push(command);
  };
  await gateway.client.subscribe(`varde/v1/${gateway.home.tenant}/${gateway.home.gateway}/cmd`);
  return heard;
}

test('a saturation under the target asks the home to measure again; the new reading confirms it and settles the request', async () => {
  const home = await addOximeterHome('asked');
  const gateway = await Gateway.open(home, mqttPort(service));
  const heard = await listen(gateway);
  const first = new Date(Date.now() - 30_000);
  await gateway.send('OX-asked', spo2(86, first));
  const command = await eventually('the home is asked', () => heard[0]);
  expect(command).toMatchObject({ kind: 'remeasure', device: 'OX-asked', metrics: ['spo2'], restMinutes: 5, times: 1 });
  expect(command.answerBy.getTime()).toBe(first.getTime() + 30 * 60_000);
  await eventually('the delivery is known', async () => (await asksOf(home))[0]?.delivered_at);
  await gateway.send('OX-asked', spo2(86, new Date()));
  await eventually('the request is settled', async () => (await asksOf(home))[0]?.settled_at);
  expect((await findingsOf(home)).map(({ result }) => result)).toEqual(['pending', 'fire']);
  expect(heard).toHaveLength(1);
  expect(await asksOf(home)).toMatchObject([{ attempts: 1 }]);
  const nurse = await addPerson(service, 'spurt', 'nurse', [founded.dhoId]);
  const shown: unknown = await (await nurse.ask('GET', `/api/patients/${home.patientId}/asks`)).json();
  expect(shown).toMatchObject([
    { deviceName: 'OX-asked', metrics: ['spo2'], deliveredAt: expect.any(String), settledAt: expect.any(String) },
  ]);
  gateway.close();
});

test('a home that was cut off is asked when it is back, for as long as somebody waits', async () => {
  const home = await addOximeterHome('away');
  const before = await Gateway.open(home, mqttPort(service));
  await before.send('OX-away', spo2(86, new Date()));
  before.close();
  await eventually('the request waits', async () => (await asksOf(home)).length === 1);
  expect(await asksOf(home)).toMatchObject([{ attempts: 0, delivered_at: null }]);
  const after = await Gateway.open(home, mqttPort(service));
  const heard = await listen(after);
  await eventually('the home is asked', () => heard[0]);
  await eventually('the delivery is known', async () => (await asksOf(home))[0]?.delivered_at);
  after.close();
});

test('a simulated home does as it is asked', async () => {
  const added = await addOximeterHome('obliging');
  const { tenant, gateway, secret } = added;
  const person = { seed: 'obliging', course: 'exacerbation' as const, worseningFrom: new Date(0), worseningHours: 1 };
  const kind = DEVICE_KINDS.get('pulse-oximeter');
  if (!kind) throw new Error('there is no simulated oximeter');
  const devices = [{ id: 'OX-obliging', kind, speaks: 'obs' as const }];
  const home = new Home({ tenant, gateway, secret, zone: 'Europe/Oslo', person, devices }, service.mqttUrl ?? '', 600);
  await home.connected();
  await home.measure([new Date()]);
  await eventually('the home has measured again', () => home.sent.asked > 0);
  await eventually('the low saturation is confirmed', async () => (await findingsOf(added)).some(({ result }) => result === 'fire'));
  await home.stop();
});
