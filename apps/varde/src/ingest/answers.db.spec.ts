import { findForm } from '@varde/plans';
import { readAnswers } from '@varde/store';
import { encodeAnswers, type Answer, type FindForm, type OutgoingAnswers } from '@varde/wire';
import { randomUUID } from 'node:crypto';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import {
  bare,
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  readKept,
  readStored,
  spotCheck,
  wall,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';
import { openQuestionnaires } from '../catalogue.js';
import type { Delivery } from './delivery.js';

let db: TestDatabase;
let room: TestIngest;
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(db.database, `answers${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);
const take = async (delivery: Delivery) => (await room.ingest.take(delivery))?.results[0];

beforeAll(async () => {
  db = await openTestDatabase();
  room = openTestIngest(db.database, { findForm: findForm(await openQuestionnaires()) });
});
afterAll(async () => {
  await room.ingest.stop();
  await db.close();
});

const filledIn = (items: Record<string, Answer>, change: Partial<OutgoingAnswers> = {}, at = NOW): OutgoingAnswers => ({
  ...{ questionnaire: 'daily', version: 1, answeredAt: wall(at), gatewayTime: new Date(at.getTime() + 2_000), items },
  ...change,
});

function answers(at: TestHome, sets: readonly OutgoingAnswers[], receivedAt = new Date(NOW.getTime() + 3_000)): Delivery {
  const device = { id: at.device, idType: 'serial' } as const;
  const payload = encodeAnswers({ messageId: randomUUID(), sentAt: new Date(receivedAt.getTime() - 200), device, answers: sets });
  return bare(at, `dev/${at.device}/answers`, payload, receivedAt);
}

const kept = (at: TestHome) =>
  query<{ questionnaire: string; version: number; answered_by: string; items: Record<string, Answer>; observed_at: Date }>(
    `select s.questionnaire, s.version, s.answered_by, s.items, s.observed_at from answer_set s join measurement m on m.id = s.measurement_id
     where s.patient_id = $1 and m.kind = 'questionnaire' and m.patient_id = s.patient_id and m.observed_at = s.observed_at order by m.id`,
    [at.patientId],
  );
const claim = (patientId: number, unlookedFrom: Date | null) => ({ patientId, zone: 'Europe/Oslo', unlookedFrom });

test('answers are kept with their scores, acknowledged, and wait to be looked at', async () => {
  const at = await home();
  const items = { dyspnoea_worse: true, sputum_more: false, dyspnoea_vas: 7 };
  expect(await take(answers(at, [filledIn(items, { answeredBy: 'carer' })]))).toEqual({
    ...{ messageId: expect.any(String), status: 'stored', readings: 1 },
  });
  expect(await kept(at)).toEqual([
    {
      ...{ questionnaire: 'daily', version: 1, answered_by: 'carer', observed_at: NOW },
      items: { ...items, breathlessness_worse: true },
    },
  ]);
  expect(await readStored(db.database, at)).toMatchObject([{ metric: 'dyspnoea-vas', value: 7, observedAt: NOW }]);
  expect(await query(`select observed_from from arrival where patient_id = $1`, [at.patientId])).toEqual([{ observed_from: NOW }]);
});

test('answers without any score are kept, and woken for', async () => {
  const at = await home();
  expect(await take(answers(at, [filledIn({ contact_request: true }, { questionnaire: 'contact' })]))).toMatchObject({ status: 'stored' });
  expect(await kept(at)).toMatchObject([{ questionnaire: 'contact', items: { contact_request: true } }]);
  expect(await readStored(db.database, at)).toEqual([]);
  expect(await query(`select 1 from arrival where patient_id = $1`, [at.patientId])).toHaveLength(1);
});

test('a second copy changes nothing, in the same message, a later one or beside readings', async () => {
  const at = await home();
  const set = filledIn({ fall: true, cough_worse: false });
  const again = filledIn({ cough_worse: false, fall: true }, { stored: true });
  expect(await take(answers(at, [set, again]))).toMatchObject({ status: 'stored', readings: 1 });
  const [later, mixed] = await Promise.all([
    take(answers(at, [again], minutes(5))),
    take(obs(at, [spotCheck(minutes(1))], { receivedAt: minutes(5) })),
  ]);
  expect([later?.status, mixed?.status]).toEqual(['duplicate', 'stored']);
  expect(await kept(at)).toHaveLength(1);
});

test('two questionnaires of one second are two; one filled in twice with other answers is a conflict', async () => {
  const at = await home();
  await take(answers(at, [filledIn({ cough_worse: true }), filledIn({ cat_total: 17, mmrc: '2' }, { questionnaire: 'weekly' })]));
  await take(answers(at, [filledIn({ cough_worse: false })]));
  const conflicts = await query(`select conflict from measurement where device_id = $1 order by id`, [at.deviceId]);
  expect(conflicts).toEqual([{ conflict: true }, { conflict: false }, { conflict: true }]);
  expect(await readStored(db.database, at)).toMatchObject([
    { metric: 'cat-score', value: 17 },
    { metric: 'mmrc-grade', value: 2 },
  ]);
});

test('what cannot be used of a set is kept as refused beside what can', async () => {
  const at = await home();
  expect(await take(answers(at, [filledIn({ cough_worse: true, itch: true, sputum_more: 'yes' })]))).toMatchObject({ status: 'stored' });
  expect((await kept(at))[0]?.items).toEqual({ cough_worse: true });
  const refused = await readKept(db.database, at);
  expect(refused.map(({ reason }) => reason).sort()).toEqual(['unknown-item', 'wrong-answer']);
});

test('an unknown questionnaire is parked, and taken when it is known', async () => {
  const at = await home();
  const unknowing = openTestIngest(db.database);
  const [answer] = (await unknowing.ingest.take(answers(at, [filledIn({ cough_worse: true })])))?.results ?? [];
  await unknowing.ingest.stop();
  expect(answer).toMatchObject({ status: 'parked', reason: 'unknown-questionnaire' });
  const ids = await query<{ id: string }>(`select id from refused where client_id = $1 and reason = 'unknown-questionnaire'`, [at.gateway]);
  const community = await query<{ id: string }>(`select r.id from refused r join community c on c.id = r.community_id where c.code = $1`, [
    at.community.code,
  ]);
  expect(ids.length).toBeGreaterThan(0);
  expect(await room.ingest.reprocess(community.map(({ id }) => Number(id)))).toMatchObject([{ result: 'processed' }]);
  expect(await kept(at)).toHaveLength(1);
});

test('a question that was unknown is added when it is known, and its patient is looked at again', async () => {
  const at = await home();
  const known = findForm(await openQuestionnaires());
  const older: FindForm = (code, version) => {
    const form = known(code, version);
    return form && { ...form, items: new Map([...form.items].filter(([item]) => item !== 'fall' && item !== 'dyspnoea_vas')) };
  };
  const then = openTestIngest(db.database, { findForm: older });
  await then.ingest.take(answers(at, [filledIn({ cough_worse: true, fall: true, dyspnoea_vas: 7 })]));
  await then.ingest.stop();
  expect((await kept(at)).map(({ items }) => items)).toEqual([{ cough_worse: true }]);
  const ids = (await readKept(db.database, at)).map(({ id }) => id);
  await query(`delete from arrival where patient_id = $1`, [at.patientId]);

  expect(await room.ingest.reprocess(ids)).toMatchObject([{ result: 'processed', note: '1 there already, 1 completed' }]);
  expect((await kept(at)).map(({ items }) => items)).toEqual([{ cough_worse: true, fall: true, dyspnoea_vas: 7 }]);
  expect(await readStored(db.database, at)).toMatchObject([{ metric: 'dyspnoea-vas', value: 7, observedAt: NOW }]);
  expect(await query(`select observed_from from arrival where patient_id = $1`, [at.patientId])).toEqual([{ observed_from: NOW }]);
});

test('answers of a device that nobody wears or knows are parked', async () => {
  const at = await home();
  expect(await take(answers({ ...at, device: 'nobodys' }, [filledIn({ fall: true })]))).toMatchObject({ status: 'parked' });
  expect(await take(answers(at, [filledIn({ fall: true }, {}, minutes(-3 * 1440))]))).toMatchObject({
    status: 'parked',
    reason: 'no-wearer',
  });
});

test('a look reads the answers of its days, and everything unseen', async () => {
  const at = await home();
  const other = await home();
  for (const days of [0, 1, 20]) {
    await query(`insert into answer_set select nextval('measurement_id_seq'), $1, 'daily', 1, $2, $2, 'patient', '{"cough_worse": true}'`, [
      at.patientId,
      minutes(-days * 1440),
    ]);
  }
  const read = async (unlookedFrom: Date | null): Promise<number> => {
    const found = await readAnswers(db.database.dataSource.manager, [claim(at.patientId, unlookedFrom), claim(other.patientId, null)], NOW);
    expect(found.get(other.patientId)).toBeUndefined();
    return found.get(at.patientId)?.length ?? 0;
  };
  expect(await read(null)).toBe(2);
  expect(await read(minutes(-15 * 1440))).toBe(3);
  const [first] = (await readAnswers(db.database.dataSource.manager, [claim(at.patientId, null)], NOW)).get(at.patientId) ?? [];
  expect(first).toEqual({
    ...{ measurementId: expect.any(Number), questionnaire: 'daily', items: { cough_worse: true } },
    ...{ observedAt: expect.any(Date), receivedAt: expect.any(Date) },
  });
});
