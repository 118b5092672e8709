import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import type { Author } from './limits.js';
import { readAgreement } from './patients.js';
import { changeReviewDate, endReviewDate, readReviewDates } from './review-dates.js';
import { startProgramme } from './schedules.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

describe('dates of reviews', () => {
  const db = testDatabase();
  let patientId = 0;
  let nurse: Author;
  const set = (reviewOn: string, expectedVersion: number, at: Date) =>
    changeReviewDate(db.manager, nurse, { patientId, reviewOn, reason: 'new treatment', expectedVersion }, at);
  const pressureOn = async (at: Date) =>
    (await readAgreement(db.manager, patientId, at)).plan.schedule
      .filter((each) => each.metric === 'systolic' && each.from <= at && (each.to === null || each.to > at))
      .map(({ atLocal, weekdays }) => `${atLocal} ${weekdays.length}`)
      .sort();
  const USUAL = ['09:00 2', '19:00 2'];
  const WEEK = ['09:00 7', '19:00 7'];

  beforeAll(async () => {
    nurse = { personId: await makeTestPerson(db.manager, 'nurse', 'nurse', NOW), roles: ['nurse'] };
  });
  beforeEach(async () => {
    const community = await makeTestCommunity(db.manager, `review-${Math.random().toString(36).slice(2)}`, day(-30));
    patientId = await makeTestPatient(db.manager, community, day(-30));
    await db.manager.transaction((tx) => startProgramme(tx, patientId, { programme: 'htn', previewId: null }, day(-30)));
  });

  test('the week before it is planned by itself, moves with it, and goes with it; every date stays on record', async () => {
    const first = await set('2026-03-20', 0, NOW);
    expect(first).toMatchObject({ reviewOn: '2026-03-20', setByName: 'nurse', validTo: null, version: 1 });
    expect([await pressureOn(day(10)), await pressureOn(day(11)), await pressureOn(day(17)), await pressureOn(day(18))]).toEqual([
      ...[USUAL, WEEK, WEEK, USUAL],
    ]);
    await expect(set('2026-03-25', 0, day(1))).rejects.toMatchObject({ name: 'Conflict' });
    const { id } = await set('2026-03-25', 1, day(12));
    expect([await pressureOn(day(11)), await pressureOn(day(13)), await pressureOn(day(16))]).toEqual([WEEK, USUAL, WEEK]);
    await endReviewDate(db.manager, nurse, { patientId, reviewDateId: id }, day(17));
    expect(await pressureOn(day(18))).toEqual(USUAL);
    expect(await readReviewDates(db.manager, patientId)).toMatchObject([
      { version: 2, reviewOn: '2026-03-25', validTo: day(17) },
      { version: 1, reviewOn: '2026-03-20', validTo: day(12) },
    ]);
    await expect(endReviewDate(db.manager, nurse, { patientId, reviewDateId: id }, day(18))).rejects.toMatchObject({ name: 'Conflict' });
  });

  test('what the home was told of a week is taken back with its date', async () => {
    await set('2026-03-10', 0, NOW);
    await db.manager.query(
      `insert into home_advice (patient_id, key, kind, text_nb, text_en, answers, must_answer, community_id, advised_at, of_use_until, sent_at)
       select id, 'week/1', 'green', 'x', 'x', '{seen}', false, community_id, $2, $3, $2 from patient where id = $1`,
      [patientId, day(1), day(8)],
    );
    await set('2026-03-30', 1, day(2));
    const told = await db.manager.query<unknown[]>(`select withdrawn_at, next_try_at from home_advice where patient_id = $1`, [patientId]);
    expect(told).toEqual([{ withdrawn_at: day(2), next_try_at: day(2) }]);
  });

  test('it lies ahead, exists, and has a reason', async () => {
    for (const wrong of ['2026-03-02', '2026-02-31', '2036-01-01']) {
      await expect(set(wrong, 0, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    }
    await expect(
      changeReviewDate(db.manager, nurse, { patientId, reviewOn: '2026-04-01', reason: ' ', expectedVersion: 0 }, NOW),
    ).rejects.toMatchObject({ name: 'Invalid' });
    const nobody = { patientId: 99_999, reviewOn: '2026-04-01', reason: 'x', expectedVersion: 0 };
    await expect(changeReviewDate(db.manager, nurse, nobody, NOW)).rejects.toMatchObject({ name: 'NotFound' });
  });
});
