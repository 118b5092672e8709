import type { ChangeableRule, LimitRange } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, NO_PASSWORD, saveOpenUnit, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { showTestChange } from '../../../../test/shown.js';
import { closeTask, readTasks } from '../episodes/tasks.js';
import { changePersonalLimit, endPersonalLimit } from './limits.js';
import { savePerson, type PersonRole } from './people.js';
import { approveProposal } from './proposals.js';
import type { Viewer } from './sessions.js';
import { changeTreatmentLimits, endTreatmentLimits } from './treatment-limits.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const RANGE: LimitRange = {
  ...{
    ruleId: 'copd.spo2.below_target',
    ruleVersion: 1,
    parameter: 'target_low',
    default: 88,
    min: 80,
    max: 94,
    unit: '%',
    safetyFloor: 84,
  },
  lessSensitive: 'lower',
};
const RULE: ChangeableRule = { id: RANGE.ruleId, ranges: [RANGE], whoMayChange: ['treating_physician'], severity: 'red' };

/** `pia` is the follow-up service's physician, `per` another of it; `gro` is the GP, `nils` the GP's nurse. */
describe('whoever is responsible for the treatment', () => {
  const db = testDatabase();
  let community: TestCommunity;
  let patientId = 0;
  const people = {} as Record<'pia' | 'per' | 'gro' | 'nils', Viewer>;
  const ROLES: Readonly<Record<keyof typeof people, PersonRole>> = { pia: 'physician', per: 'physician', gro: 'physician', nils: 'nurse' };
  const join = (unitId: number) => db.manager.query(`insert into team_unit (patient_id, unit_id) values ($1, $2)`, [patientId, unitId]);
  const show = (who: Viewer, value: number | null, at: Date) => {
    const change = { kind: 'limit', ruleId: RULE.id, parameter: RANGE.parameter, value } as const;
    return showTestChange(db.manager, { patientId, unitId: null, personId: who.personId, change }, at);
  };
  const set = async (who: Viewer, value: number, given: { at?: Date; validTo?: Date; expectedVersion?: number } = {}) => {
    const { at = NOW, validTo = null, expectedVersion = 0 } = given;
    const previewId = await show(who, value, at);
    const change = {
      patientId,
      rule: RULE,
      parameter: RANGE.parameter,
      value,
      reason: 'lives at 86',
      validFrom: null,
      validTo,
      expectedVersion,
    };
    return changePersonalLimit(db.manager, who, { ...change, nurseRange: { min: 84, max: 90 }, previewId }, at);
  };
  const told = async () =>
    (await readTasks(db.manager, people.pia, { unitId: null, forRole: 'physician', patientId, state: 'open', limit: 10 }))
      .filter(({ kind }) => kind === 'limit-changed')
      .map(({ id, unitId, reason, dueAt }) => ({ id, unitId, reason: reason.en, dueAt }));

  beforeEach(async () => {
    const code = `told-${Math.random().toString(36).slice(2)}`;
    community = await makeTestCommunity(db.manager, code, NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
    for (const name of ['pia', 'per', 'gro', 'nils'] as const) {
      const unitIds = [name === 'gro' || name === 'nils' ? community.gpId : community.dhoId];
      const person = { username: `${name}-${code}`, name, passwordHash: NO_PASSWORD, roles: [ROLES[name]], unitIds };
      people[name] = { ...person, personId: await savePerson(db.manager, person, NOW) };
    }
  });

  test('is told of a limit that somebody of another unit has set, changed and ended, until a physician of theirs has read it', async () => {
    await join(community.gpId);
    await set(people.pia, 86);
    const changed = await set(people.pia, 85, { at: day(1), validTo: day(8), expectedVersion: 1 });
    const limitId = changed.limit?.id ?? 0;
    await endPersonalLimit(
      db.manager,
      { patientId, limitId, personId: people.pia.personId, previewId: await show(people.pia, 86, day(2)) },
      day(2),
    );
    const where = `copd.spo2.below_target/target_low`;
    const tasks = await told();
    expect(tasks.map(({ unitId, reason }) => [unitId, reason])).toEqual([
      [community.gpId, `The limit ${where} was changed from the default to 86 by pia, until further notice. Reason: lives at 86`],
      [community.gpId, `The limit ${where} was changed from 86 to 85 by pia, until Tuesday 10 March 2026 at 09:00. Reason: lives at 86`],
      [community.gpId, `The limit ${where} (85) was ended by pia; 86 applies now`],
    ]);
    const closing = { taskId: tasks[0]?.id ?? 0, state: 'done' as const, outcome: 'read' };
    await expect(closeTask(db.manager, people.nils, closing, day(3))).rejects.toMatchObject({ name: 'Forbidden' });
    await closeTask(db.manager, people.gro, closing, day(3));
    expect(await told()).toHaveLength(2);
    const byLook = await db.manager.query<unknown[]>(`select distinct by_look from task where kind = 'limit-changed' and patient_id = $1`, [
      patientId,
    ]);
    expect(byLook).toEqual([{ by_look: false }]);
  });

  test('is the unit that has the responsibility, before the GP', async () => {
    await join(community.gpId);
    const clinicId = await saveOpenUnit(db.manager, {
      organisationId: community.organisationId,
      name: 'Clinic',
      careLevel: 'hospital_outpatient',
    });
    await join(clinicId);
    await db.manager.query(`update patient set responsible_unit_id = $2 where id = $1`, [patientId, clinicId]);
    await set(people.gro, 86);
    expect((await told()).map(({ unitId }) => unitId)).toEqual([clinicId]);
  });

  test('is not told of what a physician of theirs has done, but of what a nurse of theirs has', async () => {
    await join(community.gpId);
    await set(people.gro, 86);
    expect(await told()).toEqual([]);
    await set(people.nils, 87, { at: day(1), expectedVersion: 1 });
    expect(await told()).toMatchObject([{ unitId: community.gpId, reason: expect.stringContaining('from 86 to 87 by nils') as string }]);
  });

  test('is told who approved what two made, and not when one of these is of theirs', async () => {
    await join(community.gpId);
    const approve = async (who: Viewer, proposalId: number, value: number, at: Date) =>
      approveProposal(db.manager, who, { proposalId, previewId: await show(who, value, at), rules: new Map([[RULE.id, RULE]]) }, at);
    const first = await set(people.pia, 82);
    expect(await told()).toEqual([]);
    await approve(people.per, first.proposal?.id ?? 0, 82, day(1));
    expect(await told()).toMatchObject([{ reason: expect.stringContaining('to 82 by pia, approved by per') as string }]);
    const second = await set(people.pia, 81, { at: day(2), expectedVersion: 1 });
    await approve(people.gro, second.proposal?.id ?? 0, 81, day(3));
    expect(await told()).toHaveLength(1);
  });

  test('is nobody where neither a responsible unit nor a GP is in the team', async () => {
    await set(people.pia, 86);
    expect(await told()).toEqual([]);
  });

  test('is told of treatment limits too', async () => {
    await join(community.gpId);
    const words = { decision: 'No admission.', contact: '900 00 000', reason: 'own wish' };
    const times = { validFrom: null, validTo: null, reviewBy: day(60), expectedVersion: 0 };
    const change = { patientId, fromSeverity: 'red' as const, unitId: community.dhoId, ...words, ...times };
    const { id } = await changeTreatmentLimits(db.manager, people.pia, change, NOW);
    await endTreatmentLimits(db.manager, people.pia, { patientId, treatmentLimitsId: id }, day(1));
    expect((await told()).map(({ unitId, reason }) => [unitId, reason.slice(0, 50)])).toEqual([
      [community.gpId, 'Treatment limits (version 1) were decided by pia, '],
      [community.gpId, 'The treatment limits (version 1) were ended by pia'],
    ]);
  });
});
