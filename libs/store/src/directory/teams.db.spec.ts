import { makeTestCommunity, NO_PASSWORD, saveOpenUnit, TEST_ROUTES } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { joinOrganisations } from '../../../../test/joined.js';
import { showTestChange } from '../../../../test/shown.js';
import { readWorklistChanges } from '../episodes/stream.js';
import { readTasks } from '../episodes/tasks.js';
import { saveTask, saveTaskChanges } from '../looks/task-save.js';
import { readTeams } from '../looks/teams-read.js';
import { endMonitoring, readPatientLines, savePatient } from './patients.js';
import { changePersonWork, readPersonByUsername, savePerson } from './people.js';
import { endEnrolment } from './schedules.js';
import { changeResponsibility, changeTeam } from './teams.js';
import { endUnitService, readUnitServices, saveUnitService } from './unit-services.js';
import { changeOrganisationKind, changeServices, changeUnitOwners, readUnits, saveCommunity, saveOrganisation } from './units.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const LATER = new Date('2026-03-03T08:00:00Z');
const EVEN_LATER = new Date('2026-03-04T08:00:00Z');
const FAR = new Date('2027-01-01T00:00:00Z');

describe('who answers for a patient', () => {
  const db = testDatabase();
  let made = 0;

  /** Two municipalities with a follow-up service each, a hospital with a clinic, a GP office. */
  async function begin() {
    const code = `team${(made += 1)}`;
    const community = { code, name: code, pathway: { name: 'default', routes: TEST_ROUTES } };
    const { communityId, pathwayId } = await saveCommunity(db.manager, community, NOW);
    const organisation = (name: string, kind: 'municipality' | 'gp_office' | 'hospital_trust') =>
      saveOrganisation(db.manager, { communityId, name, kind });
    const north = await organisation('Nordvik', 'municipality');
    const south = await organisation('Sørvik', 'municipality');
    const trust = await organisation('Sykehuset', 'hospital_trust');
    const office = await organisation('Legene', 'gp_office');
    const unit = (organisationId: number, name: string, careLevel: 'dho' | 'gp' | 'hospital_outpatient') =>
      saveOpenUnit(db.manager, { organisationId, name, careLevel });
    return {
      ...{ code, communityId, pathwayId, north, south, trust, office },
      dhoNorth: await unit(north, 'Oppfølging Nordvik', 'dho'),
      dhoSouth: await unit(south, 'Oppfølging Sørvik', 'dho'),
      clinic: await unit(trust, 'Lungepoliklinikken', 'hospital_outpatient'),
      gp: await unit(office, 'Fastlegene', 'gp'),
    };
  }

  const follow = (ground: { communityId: number }, unitIds: number[], municipalityId: number | null, responsibleUnitId?: number) =>
    savePatient(
      db.manager,
      {
        ...{ communityId: ground.communityId, name: 'Test Person', birthYear: 1950, zone: 'Europe/Oslo', pathwayId: null },
        ...{ unitIds, programmes: ['hf', 'copd'], municipalityId, responsibleUnitId: responsibleUnitId ?? null },
      },
      NOW,
    );
  const serve = (unitId: number, organisationId: number, from = NOW, to: Date | null = null) =>
    saveUnitService(db.manager, { unitId, organisationId, from, to, enteredByPersonId: null }, NOW);

  test('a look is given the municipality, who holds the treatment, the programmes that run, and the zone', async () => {
    const ground = await begin();
    const { dhoNorth, clinic, north } = ground;
    const id = await follow(ground, [dhoNorth, clinic], north, clinic);
    const team = async (at: Date) => (await readTeams(db.manager, [id], at)).get(id);
    expect(await team(NOW)).toMatchObject({
      units: [{ id: dhoNorth }, { id: clinic }],
      ...{ municipalityId: north, responsibleUnitId: clinic, programmes: ['copd', 'hf'], zone: 'Europe/Oslo' },
    });
    const change = { kind: 'programme', programme: 'hf', enrolled: false } as const;
    const previewId = await showTestChange(db.manager, { patientId: id, unitId: null, personId: null, change }, LATER);
    await endEnrolment(db.manager, { patientId: id, programme: 'hf', personId: null, previewId }, LATER);
    expect((await team(LATER))?.programmes).toEqual(['copd']);
    expect((await readPatientLines(db.manager, { afterId: id - 1, limit: 1 }, NOW))[0]).toMatchObject({
      ...{ municipalityId: north, responsibleUnitId: clinic },
    });
  });

  test('a patient without a municipality is followed as before', async () => {
    const ground = await begin();
    const id = await follow(ground, [ground.dhoNorth, ground.dhoSouth], null);
    expect((await readTeams(db.manager, [id], NOW)).get(id)).toMatchObject({ municipalityId: null, responsibleUnitId: null });
  });

  test('a unit of another municipality needs an agreement; clinics and GP offices answer for themselves', async () => {
    const ground = await begin();
    const { dhoNorth, dhoSouth, clinic, gp, north, south } = ground;
    const refused = {
      name: 'Invalid',
      message: expect.stringMatching(/^Oppfølging Sørvik cannot follow patients of Nordvik: .*agreement/) as string,
    };
    await expect(follow(ground, [dhoSouth, clinic], north)).rejects.toMatchObject(refused);
    const id = await follow(ground, [dhoNorth, clinic, gp], north);
    await expect(changeTeam(db.manager, id, [dhoNorth, dhoSouth], LATER)).rejects.toMatchObject(refused);
    await serve(dhoSouth, north, LATER);
    await expect(changeTeam(db.manager, id, [dhoNorth, dhoSouth], NOW)).rejects.toMatchObject(refused);
    await changeTeam(db.manager, id, [dhoNorth, dhoSouth], LATER);
    await expect(changeResponsibility(db.manager, id, { municipalityId: south }, LATER)).rejects.toMatchObject({
      message: expect.stringMatching(/^Oppfølging Nordvik cannot follow patients of Sørvik/) as string,
    });
    await changeResponsibility(db.manager, id, { municipalityId: null }, LATER);
    await changeResponsibility(db.manager, id, { municipalityId: north }, LATER);
  });

  test('one centre serves many municipalities: each agreement runs from and to, and cannot end under somebody', async () => {
    const ground = await begin();
    const { dhoSouth, clinic, north, trust, office } = ground;
    await expect(serve(dhoSouth, trust)).rejects.toThrow(/none/);
    await expect(serve(dhoSouth, 99_999)).rejects.toMatchObject({ name: 'NotFound' });
    const other = await makeTestCommunity(db.manager, `${ground.code}.other`, NOW);
    await changeOrganisationKind(db.manager, other.organisationId, 'municipality', NOW);
    await expect(serve(dhoSouth, other.organisationId)).rejects.toThrow(/another community/);
    const agreement = await serve(dhoSouth, north);
    await expect(serve(dhoSouth, north, LATER)).rejects.toMatchObject({ name: 'Conflict' });
    const id = await follow(ground, [dhoSouth, clinic], north);
    const end = (at: Date, now: Date) => endUnitService(db.manager, { unitId: dhoSouth, serviceId: agreement }, at, now);
    await expect(end(LATER, LATER)).rejects.toMatchObject({
      ...{ name: 'Conflict', message: expect.stringContaining('1 patient of Nordvik; change their teams first') as string },
    });
    await expect(end(NOW, LATER)).rejects.toMatchObject({ name: 'Invalid' });
    await endMonitoring(db.manager, id, LATER);
    await end(EVEN_LATER, LATER);
    await expect(end(FAR, LATER)).rejects.toMatchObject({
      name: 'Conflict',
      message: expect.stringContaining('ends before that') as string,
    });
    expect(await readUnitServices(db.manager, dhoSouth)).toEqual([
      { id: agreement, unitId: dhoSouth, organisationId: north, from: NOW, to: EVEN_LATER },
    ]);
    await expect(follow(ground, [ground.gp], office)).rejects.toThrow(/is a municipality/);
  });

  test('an organisation becomes a municipality only when nobody is left without an agreement', async () => {
    const ground = await begin();
    const { communityId, north } = ground;
    const centre = await saveOrganisation(db.manager, { communityId, name: 'Senteret' });
    const unitId = await saveOpenUnit(db.manager, { organisationId: centre, name: 'Regionalt senter', careLevel: 'dho' });
    await follow(ground, [unitId], north);
    await expect(changeOrganisationKind(db.manager, centre, 'municipality', NOW)).rejects.toMatchObject({ name: 'Conflict' });
    await serve(unitId, north);
    await changeOrganisationKind(db.manager, centre, 'municipality', NOW);
    await expect(changeOrganisationKind(db.manager, 99_999, 'other', NOW)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('a new team is told on the worklist: to those who come in, and to those who see the patient no more', async () => {
    const ground = await begin();
    const { dhoNorth, clinic, gp, north } = ground;
    const id = await follow(ground, [dhoNorth, clinic], north);
    const newest = (await readWorklistChanges(db.database.dataSource, 0, 1_000)).at(-1)?.id ?? 0;
    await changeTeam(db.manager, id, [dhoNorth, gp], LATER);
    const changes = await readWorklistChanges(db.database.dataSource, newest, 10);
    expect(changes).toMatchObject([
      { patientId: id, episodeId: null, unitId: null, kind: 'changed', seenByUnitIds: [dhoNorth, gp] },
      { patientId: id, episodeId: null, unitId: clinic, kind: 'changed', seenByUnitIds: [dhoNorth, clinic, gp] },
    ]);
  });

  test('open tasks of a unit that leaves go to the new team; closed ones and those of a unit that stays are left alone', async () => {
    const ground = await begin();
    const { dhoNorth, clinic, gp, north, office } = ground;
    const otherGp = await saveOpenUnit(db.manager, { organisationId: office, name: 'Andre fastleger', careLevel: 'gp' });
    const patientId = await follow(ground, [dhoNorth, gp, clinic], north);
    const common = { kind: 'reference-outdated', ruleId: null, dueAt: null, reason: { nb: 'x', en: 'x' } };
    const raise = (key: string, unitId: number, forRole: 'physician' | 'nurse') =>
      saveTask(db.manager, { patientId, unitId, task: { ...common, key, forRole } }, NOW);
    await raise('closed', gp, 'physician');
    await saveTaskChanges(db.manager, { raised: [], kept: [], settled: [{ patientId, key: 'closed' }] }, NOW);
    await raise('dry-weight', gp, 'physician');
    await raise('proposal', clinic, 'physician');
    await raise('schedule', dhoNorth, 'nurse');
    await changeTeam(db.manager, patientId, [dhoNorth, otherGp, clinic], LATER);
    const listed = async (unitId: number, state: 'open' | 'settled' = 'open') =>
      (await readTasks(db.manager, { unitIds: [dhoNorth] }, { unitId, state, patientId, forRole: null, limit: 10 })).map(({ key }) => key);
    expect(await Promise.all([otherGp, gp, clinic, dhoNorth].map((id) => listed(id)))).toEqual([
      ['dry-weight'],
      [],
      ['proposal'],
      ['schedule'],
    ]);
    expect(await listed(gp, 'settled')).toEqual(['closed']);
  });

  test('the unit that holds the treatment stays in the team', async () => {
    const ground = await begin();
    const { dhoNorth, clinic, gp, north } = ground;
    await expect(follow(ground, [dhoNorth], north, clinic)).rejects.toThrow(/must be in the team/);
    const id = await follow(ground, [dhoNorth, clinic, gp], north);
    await expectDue(db.manager, id, LATER, () => changeResponsibility(db.manager, id, { responsibleUnitId: clinic }, LATER));
    await expect(changeTeam(db.manager, id, [dhoNorth, gp], LATER)).rejects.toThrow(/must be in the team/);
    await changeResponsibility(db.manager, id, { responsibleUnitId: null }, LATER);
    await changeTeam(db.manager, id, [dhoNorth, gp], LATER);
  });

  test('organisations own a unit together from step 4 of the staircase', async () => {
    const ground = await begin();
    const { dhoNorth, north, south, trust, pathwayId } = ground;
    const join = (jointWith: number[]) => changeUnitOwners(db.manager, dhoNorth, jointWith, LATER);
    await expect(join([trust])).rejects.toThrow(/^Nordvik and Sykehuset: .*step 1 .*begins with step 4/);
    await joinOrganisations(db.manager, pathwayId, { organisationIds: [north, trust], step: 3, programme: null }, NOW);
    await expect(join([trust])).rejects.toThrow(/step 3/);
    await joinOrganisations(db.manager, pathwayId, { organisationIds: [north, trust], step: 4, programme: null }, LATER);
    await expect(changeUnitOwners(db.manager, dhoNorth, [trust], NOW)).rejects.toMatchObject({ name: 'Conflict' });
    await join([trust]);
    const owners = async () => (await readUnits(db.manager)).find(({ id }) => id === dhoNorth)?.organisationIds;
    expect(await owners()).toEqual([north, trust]);
    await expect(join([trust, south])).rejects.toThrow(/Sørvik/);
    await expect(join([99_999])).rejects.toMatchObject({ name: 'NotFound' });
    const patient = await follow(ground, [dhoNorth], north);
    expect((await readTeams(db.manager, [patient], LATER)).get(patient)?.units[0]?.organisationIds).toEqual([north, trust]);
    await join([]);
    expect(await owners()).toEqual([north]);
    await changeServices(db.manager, dhoNorth, ['COPD at home ', 'COPD at home']);
    expect((await readUnits(db.manager)).find(({ id }) => id === dhoNorth)?.services).toEqual(['COPD at home']);
  });

  test('a joint unit follows the patients of each municipality that owns it, and loses none of them by parting', async () => {
    const ground = await begin();
    const { dhoNorth, north, south, pathwayId } = ground;
    await joinOrganisations(db.manager, pathwayId, { organisationIds: [north, south], step: 4, programme: null }, NOW);
    await changeUnitOwners(db.manager, dhoNorth, [south], NOW);
    await follow(ground, [dhoNorth], south);
    await expect(changeUnitOwners(db.manager, dhoNorth, [], LATER)).rejects.toMatchObject({ name: 'Conflict' });
  });

  test('somebody works for units of another organisation from step 3, and has one home', async () => {
    const ground = await begin();
    const { code, dhoNorth, clinic, gp, north, trust, office, pathwayId } = ground;
    const add = (username: string, unitIds: number[], organisationId?: number) =>
      savePerson(
        db.manager,
        {
          ...{ username, name: username, passwordHash: NO_PASSWORD, roles: ['nurse'], unitIds },
          ...(organisationId ? { organisationId } : {}),
        },
        LATER,
      );
    await expect(add(`${code}.a`, [dhoNorth, clinic])).rejects.toThrow(/^Nordvik and Sykehuset: .*step 1 .*begins with step 3/);
    const kari = await add(`${code}.kari`, [dhoNorth]);
    expect((await readPersonByUsername(db.manager, `${code}.kari`)).organisationId).toBe(north);
    await joinOrganisations(db.manager, pathwayId, { organisationIds: [north, trust], step: 3, programme: null }, NOW);
    await changePersonWork(db.manager, kari, { unitIds: [dhoNorth, clinic] }, LATER);
    await expect(changePersonWork(db.manager, kari, { unitIds: [dhoNorth, clinic, gp] }, LATER)).rejects.toThrow(/Legene/);
    await expect(changePersonWork(db.manager, kari, { organisationId: office }, LATER)).rejects.toMatchObject({ name: 'Conflict' });
    await changePersonWork(db.manager, kari, { organisationId: trust }, LATER);
    await changePersonWork(db.manager, kari, { unitIds: [clinic] }, LATER);
    expect(await readPersonByUsername(db.manager, `${code}.kari`)).toMatchObject({ organisationId: trust, unitIds: [clinic] });
    await add(`${code}.per`, [clinic], north);
    await expect(add(`${code}.ola`, [gp], north)).rejects.toThrow(/Nordvik and Legene/);
    await expect(add(`${code}.ida`, [], 99_999)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('step 5 of one programme is enough to share staff', async () => {
    const { code, dhoNorth, clinic, north, trust, pathwayId } = await begin();
    await joinOrganisations(db.manager, pathwayId, { organisationIds: [north, trust], step: 5, programme: 'copd' }, NOW);
    const who = {
      username: `${code}.kari`,
      name: 'Kari',
      passwordHash: NO_PASSWORD,
      roles: ['nurse'] as const,
      unitIds: [dhoNorth, clinic],
    };
    await savePerson(db.manager, who, LATER);
  });
});
