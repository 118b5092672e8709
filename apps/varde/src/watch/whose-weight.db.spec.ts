import { findForm } from '@varde/plans';
import { readHistories, readNewestReadings, unpackHistory } from '@varde/store';
import { encodeAnswers } from '@varde/wire';
import { randomUUID } from 'node:crypto';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { bare, makeTestHome, minutes, obs, openTestIngest, wall, weighing, type TestHome } from '../../../../test/ingest-rig.js';
import { openCatalogue, openQuestionnaires } from '../catalogue.js';
import { replayPatient } from '../cli/replay-patient.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

jest.setTimeout(120_000);

const DAY = 1440;
let db: TestDatabase;
let ingest: Ingest;
let parts: WatcherParts;
let homes = 0;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

beforeAll(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  ingest = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) }).ingest;
});
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

/** Somebody with heart failure who has weighed 80 kg for ten days, and 68 now. */
async function jumped(): Promise<{ home: TestHome; weightId: number }> {
  const home = await makeTestHome(db.database, `whose${++homes}`);
  for (const table of ['wearer', 'enrolment'])
    await query(`update ${table} set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set programme = 'hf' where patient_id = $1`, [home.patientId]);
  for (let back = 10; back >= 1; back--) await weigh(home, -back * DAY, 80);
  const weightId = await weigh(home, 0, 68);
  return { home, weightId };
}

/** Weighs, is looked at, and answers the number of the weighing. */
async function weigh(home: TestHome, at: number, kg: number): Promise<number> {
  const receivedAt = minutes(at + 1);
  await ingest.take(obs(home, [weighing(minutes(at), kg)], { receivedAt, sentAt: receivedAt }));
  await lookAtDue(parts, minutes(at + 2));
  const [row] = await query<{ id: string }>(`select max(id) as id from measurement where patient_id = $1 and kind = 'weight'`, [
    home.patientId,
  ]);
  return Number(row?.id);
}

async function say(home: TestHome, about: number, isMine: boolean, at: number): Promise<void> {
  const receivedAt = minutes(at + 1);
  const items = { weight_id: about, weight_is_mine: isMine };
  const set = { questionnaire: 'weight', version: 1, answeredAt: wall(minutes(at)), gatewayTime: minutes(at), items };
  const device = { id: home.device, idType: 'serial' } as const;
  const payload = encodeAnswers({ messageId: randomUUID(), sentAt: receivedAt, device, answers: [set] });
  const ack = await ingest.take(bare(home, `dev/${home.device}/answers`, payload, receivedAt));
  expect(ack?.results[0]?.status).toBe('stored');
  await lookAtDue(parts, minutes(at + 2));
}

const medianOf = async (home: TestHome, at: number): Promise<number | null> => {
  const day = minutes(at).toISOString().slice(0, 10);
  const [row] = await query<{ median: number }>(`select median from day_median where patient_id = $1 and metric = 'weight' and day = $2`, [
    home.patientId,
    day,
  ]);
  return row?.median ?? null;
};
const newest = async (home: TestHome) =>
  (await readNewestReadings(db.database.dataSource.manager, home.patientId, { since: minutes(-DAY / 2), limit: 10 })).map(
    ({ value, doubt, isOwn }) => ({ value, doubt, isOwn }),
  );
const found = async (home: TestHome, rule: string): Promise<string[]> => {
  const rows = await query<{ result: string }>(`select result from finding where patient_id = $1 and rule_id = $2 order by id`, [
    home.patientId,
    rule,
  ]);
  return rows.map(({ result }) => result).filter((result) => result !== 'not_evaluable');
};

/** What a replay of the log and a rehearsal of the stored days say: the same as is stored. */
async function expectRepeated(home: TestHome): Promise<void> {
  const { manager } = db.database.dataSource;
  expect(await replayPatient(manager, parts.catalogue, home.patientId, { from: null, to: null })).toMatchObject({
    impossible: null,
    differences: [],
  });
  const period = { from: minutes(-5 * DAY), to: minutes(5 * DAY), metrics: parts.catalogue.metrics, baselineMetrics: ['weight'] } as const;
  const history = (await readHistories(manager, [home.patientId], period)).get(home.patientId);
  expect(history === undefined ? [] : unpackHistory(history).answers).toHaveLength(1);
}

test('the home is asked whose it is, once, and the question names the weighing', async () => {
  const { home, weightId } = await jumped();
  expect(
    await query(`select kind, key, answered_at from home_advice where patient_id = $1 and episode_id is null`, [home.patientId]),
  ).toEqual([{ kind: 'whose_weight', key: `whose/${weightId}`, answered_at: null }]);
  expect(await newest(home)).toEqual([{ value: 68, doubt: 'jump', isOwn: null }]);
});

test('yes: the rules run on it, its day is summed up anew, the next weight is not doubted, and the reading stays as it was', async () => {
  const { home, weightId } = await jumped();
  await weigh(home, DAY - 20, 68.2);
  await say(home, weightId, true, DAY);
  expect(await newest(home)).toContainEqual({ value: 68, doubt: 'jump', isOwn: true });
  expect(await found(home, 'hf.weight.loss_3d')).toContain('fire');
  expect(await found(home, 'gen.tech.other_person')).toContain('not_confirmed');
  expect(await medianOf(home, 0)).toBe(68);
  expect(await query(`select answer from home_advice where patient_id = $1 and key = $2`, [home.patientId, `whose/${weightId}`])).toEqual([
    { answer: 'was_me' },
  ]);
  await weigh(home, 2 * DAY, 68.1);
  expect((await newest(home))[0]).toEqual({ value: 68.1, doubt: null, isOwn: null });
  await expectRepeated(home);
});

test('no: it is left out and says so, and the next weight of their own is compared with their own', async () => {
  const { home, weightId } = await jumped();
  await say(home, weightId, false, 30);
  await weigh(home, 40, 80.1);
  expect(await newest(home)).toEqual([
    { value: 80.1, doubt: null, isOwn: null },
    { value: 68, doubt: 'jump', isOwn: false },
  ]);
  await weigh(home, DAY, 80);
  expect(await medianOf(home, 0)).toBe(80.1);
  for (const rule of ['hf.weight.loss_3d', 'hf.weight.gain_3d']) expect(await found(home, rule)).not.toContain('fire');
  await expectRepeated(home);
});

test('no: it does not vouch for the next weight of whoever that was', async () => {
  const { home } = await jumped();
  await weigh(home, 10, 80);
  await say(home, await weigh(home, 20, 85.5), false, 40);
  await weigh(home, DAY, 86);
  expect((await newest(home))[0]).toEqual({ value: 86, doubt: 'jump', isOwn: null });
});

test('yes: what was weighed before it does not vouch for a weight like that either', async () => {
  const { home, weightId } = await jumped();
  await say(home, weightId, true, 30);
  for (const day of [1, 2]) await weigh(home, day * DAY, 80);
  expect((await newest(home)).slice(0, 2)).toEqual(Array(2).fill({ value: 80, doubt: 'jump', isOwn: null }));
});

test('a weight that nobody doubted is taken out of its day by a no, days after', async () => {
  const { home } = await jumped();
  const [row] = await query<{ id: string }>(`select id from measurement where patient_id = $1 and kind = 'weight' and observed_at = $2`, [
    home.patientId,
    minutes(-3 * DAY),
  ]);
  expect(await medianOf(home, -3 * DAY)).toBe(80);
  await say(home, Number(row?.id), false, 60);
  expect(await medianOf(home, -3 * DAY)).toBeNull();
  expect(await medianOf(home, -4 * DAY)).toBe(80);
});
