import type { Route } from '@varde/routing';
import { saveCommunity, saveOrganisation, savePatient, savePerson, saveUnit, type NewUnit, type PersonRole } from '@varde/store';
import type { EntityManager } from 'typeorm';

/** Everything goes to the follow-up service or else the GP, whoever is open; at hours when nobody is, emergency advice is agreed to be the end. */
export const TEST_ROUTES: readonly Route[] = (['info', 'yellow', 'red', 'critical'] as const).map((severity) => ({
  severity,
  first: ['dho', 'gp'],
  ladder: [{ afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'worklist' }],
  acknowledgementMin: 480,
  endsWithAdvice: severity === 'red' || severity === 'critical',
}));

/** A fictitious community with two units that never close. */
export interface TestCommunity {
  readonly communityId: number;
  readonly code: string;
  readonly pathwayId: number;
  readonly organisationId: number;
  readonly dhoId: number;
  readonly gpId: number;
}

/** Opening hours that never end. */
export const ALWAYS = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];

/** A password hash that fits no password. */
export const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Adds a unit in Oslo that never closes. */
export function saveOpenUnit(
  manager: EntityManager,
  unit: Pick<NewUnit, 'organisationId' | 'name' | 'careLevel'> & Partial<NewUnit>,
): Promise<number> {
  return saveUnit(manager, { zone: 'Europe/Oslo', openingHours: ALWAYS, webhook: null, ...unit });
}

/** Founds a community of this code with one organisation, a follow-up service and a GP office. */
export async function makeTestCommunity(
  manager: EntityManager,
  code: string,
  now: Date,
  routes: readonly Route[] = TEST_ROUTES,
): Promise<TestCommunity> {
  const { communityId, pathwayId } = await saveCommunity(
    manager,
    { code, name: `Community ${code}`, pathway: { name: 'default', routes } },
    now,
  );
  const organisationId = await saveOrganisation(manager, { communityId, name: 'Testvik' });
  const dhoId = await saveOpenUnit(manager, { organisationId, name: 'Follow-up', careLevel: 'dho' });
  const gpId = await saveOpenUnit(manager, { organisationId, name: 'GP', careLevel: 'gp' });
  return { communityId, code, pathwayId, organisationId, dhoId, gpId };
}

/** Clocks of a ladder that all severities climb, in minutes. */
export interface OneLadder {
  readonly ladderMin: readonly number[];
  readonly acknowledgementMin: number;
}

/** Founds a community of this code with one unit, which never closes and is called by every step of one ladder. */
export async function makeOneUnitCommunity(
  manager: EntityManager,
  code: string,
  { ladderMin, acknowledgementMin }: OneLadder,
  since: Date,
): Promise<{ readonly communityId: number; readonly unitId: number }> {
  const routes = (['info', 'yellow', 'red', 'critical'] as const).map((severity): Route => ({
    severity,
    first: ['dho'],
    ladder: ladderMin.map((afterMin, index) => ({ afterMin, openingHoursClock: false, careLevel: 'dho', to: `step ${index}` })),
    acknowledgementMin,
  }));
  const { communityId } = await saveCommunity(manager, { code, name: code, pathway: { name: code, routes } }, since);
  const organisationId = await saveOrganisation(manager, { communityId, name: code });
  return { communityId, unitId: await saveOpenUnit(manager, { organisationId, name: 'Follow-up', careLevel: 'dho' }) };
}

/** Takes the questionnaires out of a patient's schedule: most homes of tests measure and do not answer, and would be silent. */
export async function leaveOutQuestions(manager: EntityManager, patientId: number): Promise<void> {
  await manager.query(`delete from scheduled_measurement where patient_id = $1 and metric like 'questionnaire:%'`, [patientId]);
}

/** A patient of the community with its follow-up service as the team, who measures and is not asked anything. */
export async function makeTestPatient(manager: EntityManager, community: TestCommunity, now: Date): Promise<number> {
  const { communityId, dhoId } = community;
  const plain = { birthYear: 1950, zone: 'Europe/Oslo', pathwayId: null };
  const id = await savePatient(manager, { communityId, name: 'Test Person', ...plain, unitIds: [dhoId], programmes: ['copd'] }, now);
  await leaveOutQuestions(manager, id);
  return id;
}

/** A person with one role, whom no password lets in. */
export function makeTestPerson(manager: EntityManager, username: string, role: PersonRole, now: Date): Promise<number> {
  return savePerson(manager, { username, name: username, passwordHash: NO_PASSWORD, roles: [role], unitIds: [] }, now);
}
