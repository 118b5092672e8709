// From step 5 of the staircase on two organisations have one worklist: who sees a patient, acts for the owner and is told of changes.
import { may, stepBetween, type Cooperation, type Route, type StaircaseStep } from '@varde/routing';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { ALWAYS } from '../../../../test/community.js';
import { joinOrganisations } from '../../../../test/joined.js';
import { readPreflight } from '../directory/preflight.js';
import { savePathway } from '../directory/pathways.js';
import type { Viewer } from '../directory/sessions.js';
import { changeUnitOwners, saveUnit } from '../directory/units.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readWorklistChanges } from './stream.js';
import { refuseOutsideTeam } from './visibility.js';
import { readWorklist } from './worklist.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const LATER = new Date('2100-01-01T00:00:00Z');

const db = testDatabase();
let small: SmallCommunity;
/** Works in the clinic, which is not of the team of north's second patient. */
let lise: Viewer;
let patientId: number;
let pair: readonly [number, number];
const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(text, values);
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  patientId = small.patients.second;
  lise = viewerOf(small.people.pia, [small.units.clinic], ['physician']);
  const organisations = await sql<{ id: number }>(`select organisation_id as id from unit where id = any($1) order by 1`, [
    [small.units.north, small.units.clinic],
  ]);
  pair = [organisations[0]?.id ?? 0, organisations[1]?.id ?? 0];
  await sql(`insert into enrolment (patient_id, programme, from_at) values ($1, 'copd', $2), ($1, 'dm', $2)`, [patientId, NOW]);
  await sql(`update enrolment set to_at = $2 where patient_id = $1 and programme = 'dm'`, [patientId, new Date(NOW.getTime() + 1)]);
});

/** Saves the next version of the pathway, by which the municipality and the hospital stand on this step. */
async function agree(step: StaircaseStep, programme: Cooperation['programme'] = null, inForceFrom = NOW): Promise<void> {
  const [{ routes } = { routes: [] }] = await sql<{ routes: Route[] }>(`select routes from pathway limit 1`);
  const agreed = { routes, cooperations: [{ organisationIds: pair, step, programme }] };
  const { pathwayId, communityId } = small;
  await savePathway(db.manager, { id: pathwayId, communityId, name: 'Felles', ...agreed, inForceFrom }, NOW);
}

async function sees(viewer = lise, patient = patientId): Promise<boolean> {
  const question = { unitId: null, includeInfo: true, offset: 0, limit: 50 };
  const { rows } = await inTransaction(db.database.dataSource, (tx) => readWorklist(tx, viewer, question, NOW));
  return rows.some((row) => row.patientId === patient);
}

const openOne = (patient: number): Promise<number> => {
  return saveAnEpisode(db.database.dataSource, anEpisode(small, NOW, { patientId: patient, pathwayVersion: 1 }));
};

test.each<[StaircaseStep, Cooperation['programme']]>([
  [1, null],
  [2, null],
  [3, null],
  [4, null],
  [5, 'copd'],
  [5, 'hf'],
  [5, 'dm'],
  [6, null],
])('on step %i (%s) the clinic has the patient of the municipality on its worklist as the staircase says', async (step, programme) => {
  if (!(await sees(viewerOf(1, [small.units.north])))) await openOne(patientId);
  await agree(step, programme);
  const stands = stepBetween({ cooperations: [{ organisationIds: pair, step, programme }] }, ...pair, ['copd']);
  expect(await sees()).toBe(may(stands, 'one_worklist').isAllowed);
  expect(await sees(viewerOf(1, [small.units.south]))).toBe(false);
});

test('who shares the worklist is told of changes, acts for the owner, and changes the plan', async () => {
  await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change cascade`);
  await agree(6);
  const [{ version } = { version: 0 }] = await sql<{ version: number }>(`select max(version) as version from pathway`);
  const episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW, { patientId, pathwayVersion: version }));
  const [opened] = await readWorklistChanges(db.database.dataSource, 0, 10);
  expect(opened?.seenByUnitIds).toEqual([small.units.north, small.units.clinic].sort((a, b) => a - b));
  await refuseOutsideTeam(db.manager, lise, patientId);
  const act = { episodeId, seenVersion: null, act: { kind: 'acknowledge' as const } };
  const taken = await inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, lise, act, NOW));
  expect(taken).toMatchObject({ ownerUnitId: small.units.north, acknowledgedByPersonId: lise.personId });
});

test('who shares the worklist is shown the holes in the chain of its patients', async () => {
  const hole = `insert into preflight_hole (lead_unit_id, unit_id, care_level, problem, from_at, to_at, steps, patient_ids, found_at)
    values ($1, $1, 'dho', 'nobody_on_duty', $2, $3, '[]', $4, $2)`;
  await sql(hole, [small.units.north, NOW, new Date(NOW.getTime() + 3_600_000), [small.patients.first, patientId]]);
  const shown = async (viewer: Viewer, patient: number) => {
    const { holes } = await readPreflight(db.manager, viewer, { unitId: null, patientId: patient }, NOW);
    return holes.map(({ patients, patientCount }) => [patients.map(({ id }) => id), patientCount]);
  };
  await agree(4);
  expect(await shown(lise, patientId)).toEqual([]);
  expect(await shown(lise, small.patients.first)).toEqual([[[small.patients.first], 2]]);
  await agree(6);
  expect(await shown(lise, patientId)).toEqual([[[small.patients.first, patientId], 2]]);
  expect(await shown(lise, small.patients.south)).toEqual([]);
  expect(await shown(viewerOf(1, [small.units.south]), patientId)).toEqual([]);
});

test('not before the version is in force, and not by a guest', async () => {
  await agree(1);
  await agree(6, null, LATER);
  expect(await sees()).toBe(false);
  await sql(`alter table pathway disable trigger pathway_stays`);
  await sql(`delete from pathway where in_force_from = $1`, [LATER]);
  await sql(`alter table pathway enable trigger pathway_stays`);
  await agree(6);
  expect(await sees()).toBe(true);
  await openOne(small.patients.south);
  await sql(`insert into team_unit (patient_id, unit_id, guest_since) values ($1, $2, $3)`, [small.patients.south, small.units.north, NOW]);
  expect(await sees(viewerOf(1, [small.units.north]), small.patients.south)).toBe(true);
  expect(await sees(lise, small.patients.south)).toBe(false);
});

// The plan of who shares is kept on each connection: what it answers must follow whoever writes, by which way ever, and the clock.
test('from the moment a version comes into force until the next one does, and for as long as the programme runs', async () => {
  await sql(`delete from team_unit where guest_since is not null`);
  await agree(1);
  for (let i = 0; i < 6; i++) expect(await sees()).toBe(false);
  const soon = new Date(Date.now() + 2000);
  await agree(6, null, soon);
  expect(await sees()).toBe(false);
  await waitUntil(soon);
  expect(await sees()).toBe(true);
  await agree(5, 'copd', new Date());
  expect(await sees()).toBe(true);
  const ended = new Date();
  await sql(`update enrolment set to_at = $2 where patient_id = $1 and programme = 'copd'`, [patientId, ended]);
  await waitUntil(ended);
  expect(await sees()).toBe(false);
});

test('by a unit of an organisation that shares from the moment it is made or owned, until it is let go', async () => {
  await agree(6, null, new Date());
  const unit = { careLevel: 'hospital_outpatient', zone: 'Europe/Oslo', openingHours: ALWAYS, webhook: null } as const;
  const [home, hospital] = pair;
  const made = await saveUnit(db.manager, { ...unit, organisationId: hospital, name: 'Hjertepoliklinikken' });
  expect(await sees(viewerOf(1, [made]))).toBe(true);
  const { south } = small.units;
  const [{ id: other } = { id: 0 }] = await sql<{ id: number }>(`select organisation_id as id from unit where id = $1`, [south]);
  expect(await sees(viewerOf(1, [south]))).toBe(false);
  await agree(4, null, new Date());
  await joinOrganisations(db.manager, small.pathwayId, { organisationIds: [other, hospital], step: 6, programme: null }, new Date());
  await joinOrganisations(db.manager, small.pathwayId, { organisationIds: [home, hospital], step: 6, programme: null }, new Date());
  expect(await sees(viewerOf(1, [south]))).toBe(false);
  await changeUnitOwners(db.manager, south, [hospital], new Date());
  expect(await sees(viewerOf(1, [south]))).toBe(true);
  await changeUnitOwners(db.manager, south, [], new Date());
  expect(await sees(viewerOf(1, [south]))).toBe(false);
});

/** Until the clock of the database, which is that of this machine, has passed a moment. */
const waitUntil = (moment: Date): Promise<void> => new Promise((resolve) => setTimeout(resolve, moment.getTime() + 50 - Date.now()));
