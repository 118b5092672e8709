import { randomUUID } from 'node:crypto';
import { encodeAnswers, formatTopic, type Answer } from '@varde/wire';
import type { Service } from '../apps/varde/src/start.js';
import { startFleet, type Fleet } from '../devices/fleet/fleet.js';
import { DEVICE_KINDS } from '../devices/fleet/homes-file.js';
import type { Person } from '../devices/person/person.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { readyPublish } from './lean-client.js';
import { addHome, eventually, foundCommunity, Gateway, mqttPort, startService, type AddedHome, type Founded } from './whole-way.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const now = new Date();
const since = new Date(now.getTime() - 20 * DAY_MS);
const oximeter = DEVICE_KINDS.get('pulse-oximeter');

let db: TestDatabase;
let founded: Founded;
let services: Service[];
let fleet: Fleet;
let worsening: AddedHome;
let well: AddedHome;

async function addAnsweringHome(name: string, programmes: AddedHome['programmes']): Promise<AddedHome> {
  const devices = [
    { id: `OX-${name}`, kind: 'pulse-oximeter' },
    { id: `TB-${name}`, kind: 'tablet' },
  ];
  return addHome(db.database, founded, { gateway: `home-${name}`, programmes, devices });
}

beforeAll(async () => {
  db = await openTestDatabase();
  founded = await foundCommunity(db.database, { since });
  worsening = await addAnsweringHome('worse', ['copd', 'hf']);
  well = await addAnsweringHome('well', ['copd']);
  // Nobody watches until the past is lived through, or everybody would be reported silent.
  services = [await startService(db.url, { VARDE_ROLES: 'broker,ingest' })];
  const person: Person = {
    seed: 'answers',
    course: 'exacerbation',
    worseningFrom: new Date(now.getTime() - 3 * DAY_MS),
    worseningHours: 60,
  };
  const { tenant, gateway, secret } = worsening;
  const devices = oximeter ? [{ id: 'OX-worse', kind: oximeter, speaks: 'raw' as const }] : [];
  const tablet = { id: 'TB-worse', followed: ['copd', 'hf'] as const };
  const home = { tenant, gateway, secret, zone: 'Europe/Oslo', person, devices, tablet };
  fleet = startFleet({
    url: services[0]?.mqttUrl ?? '',
    homes: [home],
    from: new Date(now.getTime() - 14 * DAY_MS),
    speed: 0,
    everyMs: null,
  });
  await fleet.caughtUp;
  for (const hoursAgo of [30, 5]) await fleet.homes[0]?.measure([new Date(now.getTime() - hoursAgo * HOUR_MS)]);
  services.push(await startService(db.url, { VARDE_ROLES: 'watch' }));
}, 180_000);
afterAll(async () => {
  await fleet.stop();
  for (const service of services.reverse()) await service.stop();
  await db.close();
});

const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);
const fired = (patientId: number, rule: string): Promise<{ severity: string; episode_id: string | null; received_at: Date }[]> =>
  query(`select severity, episode_id, received_at from finding where patient_id = $1 and rule_id = $2 and result like 'fire%'`, [
    patientId,
    rule,
  ]);

async function say(home: AddedHome, items: Record<string, Answer>): Promise<string> {
  const [service] = services;
  if (!service) throw new Error('no service runs');
  const gateway = await Gateway.open(home, mqttPort(service));
  try {
    const id = randomUUID();
    const at = new Date();
    const device = { id: home.devices[1]?.id ?? '', idType: 'serial' } as const;
    const set = { questionnaire: 'daily', version: 1, answeredAt: at.toISOString(), gatewayTime: at, items };
    const payload = encodeAnswers({ messageId: id, sentAt: at, device, answers: [set] });
    const topic = formatTopic({ kind: 'answers', tenant: home.tenant, gateway: home.gateway, device: device.id });
    return (await gateway.sendReady({ id, publish: readyPublish(topic, Buffer.from(payload)) })).status;
  } finally {
    gateway.close();
  }
}

test('what the person says is kept, one set a day, with its scores', async () => {
  const sets = await query<{ day: string; questionnaire: string; sets: string }>(
    `select (observed_at at time zone 'Europe/Oslo')::date::text as day, questionnaire, count(*) as sets from answer_set where patient_id = $1
     group by 1, 2 order by 1`,
    [worsening.patientId],
  );
  const daily = sets.filter(({ questionnaire }) => questionnaire === 'daily');
  expect(daily.length).toBeGreaterThan(9);
  expect(sets.some(({ questionnaire }) => questionnaire === 'weekly')).toBe(true);
  const scores = await query<{ metric: string }>(
    `select distinct metric from reading where patient_id = $1 and metric in ('dyspnoea-vas', 'cat-score', 'mmrc-grade') order by 1`,
    [worsening.patientId],
  );
  expect(scores.map(({ metric }) => metric)).toEqual(['cat-score', 'dyspnoea-vas', 'mmrc-grade']);
  const { sent } = fleet.homes[0] ?? {};
  expect(sent?.confirmed).toBe(sent?.messages);
});

test('two days of symptoms are found as the pattern of an exacerbation', async () => {
  const found = await eventually('the pattern is found', async () => {
    const findings = await fired(worsening.patientId, 'copd.symptoms.pattern');
    return findings.length > 0 && findings;
  });
  expect(found.every(({ severity }) => ['yellow', 'red'].includes(severity))).toBe(true);
});

test('an answer that is an emergency becomes a critical episode within seconds, and the same answer again is no second one', async () => {
  expect(await say(well, { cannot_finish_sentence: true, contact_request: false })).toBe('stored');
  const [finding] = await eventually('the emergency is found', async () => {
    const findings = await fired(well.patientId, 'gen.emergency_answer');
    return findings.length > 0 && findings;
  });
  expect(finding?.severity).toBe('critical');
  expect(await say(well, { cannot_finish_sentence: true, contact_request: false })).toBe('stored');
  const episodes = await query<{ severity: string }>(
    `select severity from episode where patient_id = $1 and closed_at is null and severity = 'critical'`,
    [well.patientId],
  );
  expect(episodes).toEqual([{ severity: 'critical' }]);
});

test('a request for contact is found', async () => {
  expect(await say(well, { contact_request: true })).toBe('stored');
  await eventually('the request is found', async () => (await fired(well.patientId, 'gen.contact_request')).length > 0);
});
