import type { ScheduledMeasurement } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import type { Author } from './limits.js';
import { changeMeasuringDays, endMeasuringDays, readMeasuringDays, type MeasuringDaysChange } from './measuring-days.js';
import { readAgreement } from './patients.js';
import { changeSchedule, startProgramme } from './schedules.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

describe('days a patient has agreed to measure on', () => {
  const db = testDatabase();
  let patientId = 0;
  let nurse: Author;
  const change = (over: Partial<MeasuringDaysChange>): MeasuringDaysChange => ({
    ...{ patientId, weekdays: null, daysAWeek: null, reason: 'agreed at home', validFrom: null, validTo: null, expectedVersion: 0 },
    ...over,
  });
  const agree = (over: Partial<MeasuringDaysChange>, at: Date) => changeMeasuringDays(db.manager, nurse, change(over), at);
  const planAt = async (at: Date) => (await readAgreement(db.manager, patientId, at)).plan;
  const running = (items: readonly ScheduledMeasurement[] | undefined, at: Date) =>
    (items ?? []).filter(({ from, to, onlyInEpisode }) => onlyInEpisode !== true && from <= at && (to === null || to > at));
  const askedAt = async (at: Date) =>
    running((await planAt(at)).schedule, at).map(({ metric, weekdays }) => `${metric} ${weekdays.join('')}`);

  beforeAll(async () => {
    nurse = { personId: await makeTestPerson(db.manager, 'nurse', 'nurse', NOW), roles: ['nurse'] };
  });
  beforeEach(async () => {
    const community = await makeTestCommunity(db.manager, `measuring-${Math.random().toString(36).slice(2)}`, NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
  });

  test('a programme that starts asks for no more than was agreed, and the plan says what is left out', async () => {
    await agree({ weekdays: [4, 1] }, NOW);
    await db.manager.transaction((tx) => startProgramme(tx, patientId, { programme: 'hf', previewId: null }, day(1)));
    expect(await askedAt(day(2))).toEqual(['questionnaire:daily 14', 'spo2 14', 'systolic 14', 'weight 14']);
    const { leftOut, measuringDays } = await planAt(day(2));
    expect(running(leftOut, day(2)).map(({ metric, weekdays }) => `${metric} ${weekdays.join('')}`)).toEqual([
      ...['questionnaire:daily 23567', 'spo2 23567', 'systolic 23567', 'weight 23567'],
    ]);
    expect(measuringDays).toMatchObject([{ weekdays: [1, 4], daysAWeek: null, reason: 'agreed at home', setByName: 'nurse', version: 1 }]);
  });

  test('versions follow each other; more agreed brings back what was left out, and every version stays', async () => {
    const { id } = await agree({ daysAWeek: 1 }, NOW);
    expect(await askedAt(day(1))).toEqual(['spo2 1']);
    await expect(agree({ daysAWeek: 2 }, day(1))).rejects.toMatchObject({ name: 'Conflict' });
    await agree({ daysAWeek: 3, expectedVersion: 1 }, day(2));
    expect([await askedAt(day(1)), await askedAt(day(3))]).toEqual([['spo2 1'], ['spo2 135']]);
    const weekOfReview = { weekdays: [1, 2, 3, 4, 5, 6, 7], validFrom: day(4), validTo: day(11), expectedVersion: 2 };
    const more = await agree(weekOfReview, day(3));
    expect([await askedAt(day(5)), await askedAt(day(11))]).toEqual([['spo2 1234567'], ['spo2 135']]);
    await endMeasuringDays(db.manager, nurse, { patientId, measuringDaysId: more.id }, day(6));
    expect(await askedAt(day(7))).toEqual(['spo2 135']);
    expect(await readMeasuringDays(db.manager, patientId)).toMatchObject([
      { version: 3, validTo: day(6) },
      { version: 2, daysAWeek: 3, validTo: null },
      { version: 1, id, daysAWeek: 1, validTo: day(2) },
    ]);
    await expect(endMeasuringDays(db.manager, nurse, { patientId, measuringDaysId: id }, day(7))).rejects.toMatchObject({
      name: 'Conflict',
    });
    await expect(endMeasuringDays(db.manager, nurse, { patientId: 99_999, measuringDaysId: id }, day(7))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  test('a schedule made by hand asks for no more, but lines for an open episode are agreed by themselves', async () => {
    await agree({ daysAWeek: 2 }, NOW);
    const time = (weekdays: readonly number[]) => ({ metric: 'spo2' as const, atLocal: '08:00', weekdays });
    await expect(changeSchedule(db.manager, patientId, [time([1]), time([2, 3])], day(1))).rejects.toMatchObject({
      ...{ name: 'Invalid', faults: ['the patient has agreed to measure 2 days a week: agree on more days first'] },
    });
    const more = { ...time([1, 2, 3, 4, 5, 6, 7]), onlyInEpisode: true };
    await changeSchedule(db.manager, patientId, [time([2, 5]), more], day(1));
    expect(await askedAt(day(2))).toEqual(['spo2 25']);
    expect((await planAt(day(2))).schedule).toContainEqual({ ...more, from: day(1), to: null });
  });

  test('it must be one thing that can be, with a reason, and not in the past', async () => {
    await expect(agree({}, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    await expect(agree({ daysAWeek: 8 }, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    await expect(agree({ daysAWeek: 2, reason: ' ' }, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    await expect(agree({ daysAWeek: 2, validFrom: day(-1) }, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    await expect(agree({ daysAWeek: 2, patientId: 99_999 }, NOW)).rejects.toMatchObject({ name: 'NotFound' });
  });
});
