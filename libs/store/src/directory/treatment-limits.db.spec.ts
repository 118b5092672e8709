import { chooseOwner, DEFAULT_PATHWAY } from '@varde/routing';
import { makeTestCommunity, makeTestPatient, makeTestPerson, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { readTeams } from '../looks/teams-read.js';
import type { Author } from './limits.js';
import { changeTreatmentLimits, endTreatmentLimits, readTreatmentLimits } from './treatment-limits.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

describe('treatment limits', () => {
  const db = testDatabase();
  let patientId = 0;
  let community: TestCommunity;
  let physician: Author;
  const words = { decision: 'No admission.', contact: 'Palliative nurse, 900 00 000', reason: 'her own wish' };
  const set = (given: object, at = NOW, author = physician) => {
    const change = { fromSeverity: 'red' as const, unitId: community.dhoId, ...words, validFrom: null, validTo: null, reviewBy: day(60) };
    return changeTreatmentLimits(db.manager, author, { patientId, ...change, expectedVersion: 0, ...given }, at);
  };
  const versionAt = async (at: Date): Promise<string> => {
    const team = (await readTeams(db.manager, [patientId], at)).get(patientId);
    return team ? (/version \d+/.exec(chooseOwner(DEFAULT_PATHWAY, team, 'red', at).reason.en)?.[0] ?? 'pathway') : 'none';
  };

  beforeAll(async () => {
    physician = { personId: await makeTestPerson(db.manager, 'physician', 'physician', NOW), roles: ['physician'] };
  });
  beforeEach(async () => {
    community = await makeTestCommunity(db.manager, `limits-${Math.random().toString(36).slice(2)}`, day(-30));
    patientId = await makeTestPatient(db.manager, community, day(-30));
  });

  test('are versions that looks route by, each while it is in force; every one stays on record', async () => {
    expect(await versionAt(NOW)).toBe('pathway');
    const first = await set({});
    expect(first).toMatchObject({
      ...words,
      fromSeverity: 'red',
      unitId: community.dhoId,
      setByName: 'physician',
      version: 1,
      validTo: null,
    });
    await expect(set({}, day(1))).rejects.toMatchObject({ name: 'Conflict' });
    await set({ expectedVersion: 1, validTo: day(5) }, day(1));
    expect([await versionAt(day(0)), await versionAt(day(2)), await versionAt(day(6))]).toEqual(['version 1', 'version 2', 'version 1']);
    await endTreatmentLimits(db.manager, physician, { patientId, treatmentLimitsId: first.id }, day(7));
    expect(await versionAt(day(8))).toBe('pathway');
    expect(await readTreatmentLimits(db.manager, patientId)).toMatchObject([
      { version: 2, validTo: day(5), endedByPersonId: null },
      { version: 1, validTo: day(7), endedByPersonId: physician.personId },
    ]);
    const again = endTreatmentLimits(db.manager, physician, { patientId, treatmentLimitsId: first.id }, day(8));
    await expect(again).rejects.toMatchObject({ name: 'Conflict' });
  });

  test('a change wakes the look, and holes are looked for anew', async () => {
    await db.manager.query(`update patient_watch set due_at = null where patient_id = $1`, [patientId]);
    await db.manager.query(`delete from preflight_due`);
    await set({});
    const due = await db.manager.query<unknown[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]);
    expect([due, (await db.manager.query<unknown[]>(`select from preflight_due`)).length]).toEqual([[{ due_at: NOW }], 1]);
  });

  test('are a physician’s, name a unit of the team that can own, and are reviewed', async () => {
    const nurse: Author = { personId: physician.personId, roles: ['nurse'] };
    await expect(set({}, NOW, nurse)).rejects.toMatchObject({ name: 'Forbidden' });
    await expect(endTreatmentLimits(db.manager, nurse, { patientId, treatmentLimitsId: 1 }, NOW)).rejects.toMatchObject({
      name: 'Forbidden',
    });
    const { dhoId: elsewhere } = await makeTestCommunity(db.manager, `other-${Math.random().toString(36).slice(2)}`, day(-30));
    await expect(set({ unitId: elsewhere })).rejects.toMatchObject({ name: 'Invalid' });
    await db.manager.query(`update unit set care_level = 'amk' where id = $1`, [community.dhoId]);
    await expect(set({})).rejects.toMatchObject({ name: 'Invalid' });
    await db.manager.query(`update unit set care_level = 'dho' where id = $1`, [community.dhoId]);
    await db.manager.query(`update team_unit set guest_since = $2 where patient_id = $1`, [patientId, NOW]);
    await expect(set({})).rejects.toMatchObject({ name: 'Invalid' });
    await expect(set({ reviewBy: NOW })).rejects.toMatchObject({ name: 'Invalid' });
    await expect(set({ decision: ' ' })).rejects.toMatchObject({ name: 'Invalid' });
    await expect(set({ validFrom: day(-1) })).rejects.toMatchObject({ name: 'Invalid' });
    await expect(set({ patientId: 99_999 })).rejects.toMatchObject({ name: 'NotFound' });
    await expect(endTreatmentLimits(db.manager, physician, { patientId, treatmentLimitsId: 99_999 }, NOW)).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
