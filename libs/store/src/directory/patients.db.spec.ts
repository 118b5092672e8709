import { makeTestCommunity, makeTestPatient, makeTestPerson, TEST_ROUTES, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import type { Programme } from '@varde/plans';
import { showTestChange } from '../../../../test/shown.js';
import { saveDevice } from './devices.js';
import { savePathway } from './pathways.js';
import { endMonitoring, readAgreement, readPatientLines, savePatient } from './patients.js';
import { changeTeam } from './teams.js';
import { readPlans } from '../looks/plans-read.js';
import { changeSchedule, endEnrolment, saveEnrolment } from './schedules.js';
import { saveCommunity, saveOrganisation, saveUnit } from './units.js';
import { readWearers, saveWearer } from './wearers.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const LATER = new Date('2026-03-03T08:00:00Z');
const FAR = new Date('2027-01-01T00:00:00Z');

const DAILY_IN_EPISODE = { atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], to: null, onlyInEpisode: true };

describe('patients', () => {
  const db = testDatabase();
  let community: TestCommunity;
  const dueAt = async (patientId: number) =>
    (await db.manager.query<{ due_at: Date | null }[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]))[0]?.due_at;
  const settle = (patientId: number) => db.manager.query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, FAR]);
  /** Shown, and started or ended. */
  const follow = async (patientId: number, programme: Programme, at: Date, enrolled = true): Promise<void> => {
    const change = { kind: 'programme', programme, enrolled } as const;
    const previewId = await showTestChange(db.manager, { patientId, unitId: null, personId: null, change }, at);
    await (enrolled ? saveEnrolment : endEnrolment)(db.manager, { patientId, programme, personId: null, previewId }, at);
  };
  const version = async (patientId: number) => (await readPlans(db.manager, [patientId], LATER)).get(patientId)?.planVersion ?? 0;

  /** Runs a change and expects that watchers hear of it: the plan version rises and the patient is due. */
  const expectHeard = async (patientId: number, change: () => Promise<unknown>) => {
    await settle(patientId);
    const before = await version(patientId);
    await change();
    expect(await version(patientId)).toBe(before + 1);
    expect(await dueAt(patientId)).toEqual(LATER);
  };

  beforeAll(async () => {
    community = await makeTestCommunity(db.manager, 'north', NOW);
  });

  test('a new patient has a plan, a team, a pathway and a look at once', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    const agreed = (await readPlans(db.manager, [id], NOW)).get(id);
    expect(agreed).toMatchObject({
      planVersion: 1,
      communityId: community.communityId,
      plan: {
        patientId: id,
        zone: 'Europe/Oslo',
        enrolments: [{ programme: 'copd', from: NOW, to: null }],
        limits: [],
        schedule: [
          { metric: 'spo2', atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: NOW, to: new Date('2026-03-16T08:00:00Z') },
          { metric: 'spo2', atLocal: '09:00', weekdays: [1, 4], from: new Date('2026-03-16T08:00:00Z'), to: null, onlyInEpisode: false },
          { ...DAILY_IN_EPISODE, metric: 'spo2', from: new Date('2026-03-16T08:00:00Z') },
        ],
      },
      team: { units: [{ id: community.dhoId, careLevel: 'dho' }] },
      pathway: { id: community.pathwayId, version: 1, routes: TEST_ROUTES },
    });
    expect(await dueAt(id)).toEqual(NOW);
    const [line] = await readPatientLines(db.manager, { afterId: id - 1, limit: 1 }, NOW);
    expect(line).toMatchObject({ id, name: 'Test Person', programmes: ['copd'], unitIds: [community.dhoId], monitoredTo: null });
  });

  test.each([
    [{ name: '' }, 'Invalid', /name/],
    [{ birthYear: 1700 }, 'Invalid', /year of birth/],
    [{ zone: 'Oslo' }, 'Invalid', /time zone/],
    [{ programmes: ['flu' as never] }, 'Invalid', /no programme/],
    [{ unitIds: [] }, 'Invalid', /team: no unit at a level that can own/],
    [{ unitIds: [99_999] }, 'NotFound', /unit of the community 99999/],
    [{ communityId: 99_999 }, 'NotFound', /community/],
    [{ pathwayId: 99_999 }, 'NotFound', /pathway/],
  ])('%j is refused', async (wrong, name, reason) => {
    const good = {
      communityId: community.communityId,
      name: 'X',
      birthYear: null,
      zone: 'Europe/Oslo',
      unitIds: [community.dhoId],
      programmes: ['hf' as const],
      pathwayId: null,
    };
    await expect(savePatient(db.manager, { ...good, ...wrong }, NOW)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(reason) as string,
    });
  });

  test('a unit of another community cannot be in the team', async () => {
    const other = await makeTestCommunity(db.manager, 'south', NOW);
    const id = await makeTestPatient(db.manager, community, NOW);
    await expect(changeTeam(db.manager, id, [other.dhoId], LATER)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('steps of the pathway that reach nobody are told', async () => {
    const { communityId } = await saveCommunity(db.manager, { code: 'holes', name: 'Holes', pathway: null }, NOW);
    const organisationId = await saveOrganisation(db.manager, { communityId, name: 'Testvik' });
    const openingHours = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
    const unit = { organisationId, name: 'GP', careLevel: 'gp' as const, zone: 'Europe/Oslo', openingHours, webhook: null };
    const gpId = await saveUnit(db.manager, unit);
    const plain = { communityId, name: 'X', birthYear: null, zone: 'Europe/Oslo', programmes: [], pathwayId: null };
    const id = await savePatient(db.manager, { ...plain, unitIds: [gpId] }, NOW);
    const { holes } = await readAgreement(db.manager, id, NOW);
    expect(holes.length).toBeGreaterThan(0);
    expect(holes.every((hole) => !hole.blocking)).toBe(true);
  });

  test('the team changes, but not from under an open episode', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    await expectHeard(id, () => changeTeam(db.manager, id, [community.dhoId, community.gpId], LATER));
    expect((await readAgreement(db.manager, id, LATER)).team.units.map((unit) => unit.id)).toEqual([community.dhoId, community.gpId]);
    const [episode] = await db.manager.query<{ id: string }[]>(
      `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
         ladder_started_at, version) values ($1, '{respiratory}', 'red', '[]', $2, $2, $3, $4, 1, $2, 1) returning id`,
      [id, NOW, community.dhoId, community.pathwayId],
    );
    await db.manager.query(`insert into episode_domain values ($1, 'respiratory', $2)`, [id, episode?.id]);
    await expect(changeTeam(db.manager, id, [community.gpId], LATER)).rejects.toMatchObject({ name: 'Conflict' });
    await db.manager.query(`delete from episode_domain where patient_id = $1`, [id]);
    await expectHeard(id, () => changeTeam(db.manager, id, [community.gpId], LATER));
    await expect(changeTeam(db.manager, id, [], LATER)).rejects.toMatchObject({ name: 'Invalid' });
    expect((await readAgreement(db.manager, id, LATER)).team.units.map((unit) => unit.id)).toEqual([community.gpId]);
  });

  test('programmes start with their schedule and end; the same one does not run twice', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    await expectHeard(id, () => follow(id, 'hf', LATER));
    await expect(follow(id, 'hf', LATER)).rejects.toMatchObject({ name: 'Conflict' });
    const { plan } = await readAgreement(db.manager, id, LATER);
    expect(plan.enrolments.map((each) => each.programme)).toEqual(['copd', 'hf']);
    expect(new Set(plan.schedule.map((each) => each.metric))).toEqual(new Set(['spo2', 'weight', 'systolic', 'questionnaire:daily']));
    await expectHeard(id, () => follow(id, 'copd', LATER, false));
    await expect(follow(id, 'copd', LATER, false)).rejects.toMatchObject({ name: 'NotFound' });
    expect((await readAgreement(db.manager, id, LATER)).plan.enrolments.find((each) => each.programme === 'copd')?.to).toEqual(LATER);
  });

  test('two programmes that ask for the same measurement ask once', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    await follow(id, 'hf', NOW);
    await follow(id, 'frail', NOW);
    const daily = (await readAgreement(db.manager, id, NOW)).plan.schedule.filter(
      (each) => (each.metric === 'systolic' || each.metric === 'questionnaire:daily') && each.weekdays.length === 7,
    );
    expect(daily.map(({ metric }) => metric)).toEqual(['questionnaire:daily', 'systolic']);
  });

  test('a schedule is replaced, and what ran before is kept with its end', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    const evening = { metric: 'spo2' as const, atLocal: '20:30', weekdays: [1, 3, 5] };
    await expectHeard(id, () => changeSchedule(db.manager, id, [evening], LATER));
    expect((await readAgreement(db.manager, id, LATER)).plan.schedule).toEqual([
      { metric: 'spo2', atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: NOW, to: LATER, onlyInEpisode: false },
      { ...evening, from: LATER, to: null, onlyInEpisode: false },
    ]);
    const wrong = [
      { ...evening, atLocal: '25:00' },
      { ...evening, weekdays: [] },
      { ...evening, metric: 'mood' as never },
    ];
    await expect(changeSchedule(db.manager, id, wrong, LATER)).rejects.toMatchObject({ name: 'Invalid', faults: { length: 3 } });
    await expect(changeSchedule(db.manager, 99_999, [evening], LATER)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('what is agreed for an open episode is kept beside what always runs, and only as agreed', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    const read = async () => (await readAgreement(db.manager, id, LATER)).plan.schedule.filter(({ from }) => from >= LATER);
    const always = { metric: 'spo2' as const, atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7] };
    const more = { ...always, onlyInEpisode: true };
    await changeSchedule(db.manager, id, [always, more, more], LATER);
    expect(await read()).toEqual([
      { ...always, from: LATER, to: null, onlyInEpisode: false },
      { ...more, from: LATER, to: null },
    ]);
    await changeSchedule(db.manager, id, [always], LATER);
    expect(await read()).toEqual([{ ...always, from: LATER, to: null, onlyInEpisode: false }]);
    const days = new Date(LATER.getTime() + 14 * 86_400_000);
    const again = await makeTestPatient(db.manager, community, LATER);
    await follow(again, 'hf', LATER);
    const inEpisode = (await readAgreement(db.manager, again, LATER)).plan.schedule.filter(({ onlyInEpisode }) => onlyInEpisode);
    expect(inEpisode).toEqual([{ ...DAILY_IN_EPISODE, metric: 'spo2', from: days }]);
  });

  test('follow-up ends with its programmes, schedule and devices', async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    const device = { communityId: community.communityId, name: 'OX-END', kind: 'pulse-oximeter', model: null };
    const deviceId = await saveDevice(db.manager, device, NOW);
    await saveWearer(db.manager, { deviceId, userSlot: null, patientId: id, from: NOW }, NOW);
    await expectHeard(id, () => endMonitoring(db.manager, id, LATER));
    const { plan } = await readAgreement(db.manager, id, LATER);
    expect(plan.enrolments.every((each) => each.to !== null)).toBe(true);
    expect(plan.schedule.every((each) => each.to !== null)).toBe(true);
    expect((await readWearers(db.manager, null, deviceId))[0]?.to).toEqual(LATER);
    await expect(endMonitoring(db.manager, id, LATER)).rejects.toMatchObject({ name: 'Conflict' });
    const again = { deviceId, userSlot: null, patientId: id, from: LATER };
    await expect(saveWearer(db.manager, again, LATER)).rejects.toMatchObject({ name: 'Conflict' });
  });

  test('plans are read for many at once, each with the pathway in force and those of its episodes', async () => {
    const mine = await makeTestCommunity(db.manager, 'west', NOW);
    await makeTestPerson(db.manager, 'nobody', 'nurse', NOW);
    const ids = await Promise.all([1, 2, 3].map(() => makeTestPatient(db.manager, mine, NOW)));
    await db.manager.query(
      `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
         ladder_started_at, version, closed_at, outcome)
       values ($1, '{respiratory}', 'yellow', '[]', $2, $2, $3, $4, 1, $2, 1, $2, 'settled')`,
      [ids[0], NOW, mine.dhoId, mine.pathwayId],
    );
    const next = { id: mine.pathwayId, communityId: mine.communityId, name: 'default', routes: TEST_ROUTES, inForceFrom: LATER };
    await savePathway(db.manager, next, NOW);
    await savePathway(db.manager, { ...next, inForceFrom: FAR }, NOW);
    const plans = await readPlans(db.manager, [...ids, 99_999], LATER);
    expect([...plans.keys()].sort()).toEqual([...ids].sort());
    for (const id of ids) {
      expect(plans.get(id)).toMatchObject({ plan: { patientId: id }, pathway: { version: 2 } });
      expect(plans.get(id)?.team.units[0]).toBe(plans.get(ids[0] ?? 0)?.team.units[0]);
    }
    expect(plans.get(ids[0] ?? 0)?.frozenPathway(mine.pathwayId, 1)?.version).toBe(1);
    expect(plans.get(ids[0] ?? 0)?.frozenPathway(mine.pathwayId, 3)).toBeNull();
    expect((await readPlans(db.manager, ids, new Date('2026-01-01T00:00:00Z'))).get(ids[0] ?? 0)?.pathway).toBeNull();
    expect((await readPlans(db.manager, [], LATER)).size).toBe(0);
  });
});
