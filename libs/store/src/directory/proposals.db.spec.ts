import type { ProposedChange } from '@varde/look';
import type { ChangeableRule, LimitRange } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, NO_PASSWORD, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { showTestChange } from '../../../../test/shown.js';
import { readTasks } from '../episodes/tasks.js';
import { readAgreement } from './patients.js';
import { changePersonalLimit, readPersonalLimits } from './limits.js';
import { savePerson, type PersonRole } from './people.js';
import { expireProposals } from './proposal-rows.js';
import { approveProposal, declineProposal, readProposals } from './proposals.js';
import type { Viewer } from './sessions.js';
import { changeRuleSwitch, changeUnitLimit, readUnitRules } from './unit-limits.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const RANGE: LimitRange = {
  ...{ ruleId: 'copd.spo2.critical', ruleVersion: 1, parameter: 'limit', default: 83, min: 80, max: 88, unit: '%', safetyFloor: 83 },
  lessSensitive: 'lower',
};
const RULE: ChangeableRule = { id: RANGE.ruleId, ranges: [RANGE], whoMayChange: ['treating_physician up to 88'], severity: 'critical' };
const RULES = new Map([[RULE.id, RULE]]);

describe('changes that two persons make', () => {
  const db = testDatabase();
  let community: TestCommunity;
  let patientId = 0;
  const people = {} as Record<'pia' | 'per' | 'nora' | 'tove' | 'far', Viewer>;
  const wanted = {
    rule: RULE,
    parameter: 'limit',
    value: 82,
    reason: 'lives at 84',
    validFrom: null,
    validTo: null,
    expectedVersion: 0,
    previewId: null,
  };
  const show = (who: Viewer, change: ProposedChange, at: Date) => {
    const of = 'unitId' in change ? { patientId: null, unitId: change.unitId } : { patientId, unitId: null };
    return showTestChange(db.manager, { ...of, personId: who.personId, change }, at);
  };
  /** Shown to who makes it, and made. */
  const limit = async (who: Viewer, value: number, at: number) => {
    const previewId = await show(who, { kind: 'limit', ruleId: RULE.id, parameter: 'limit', value }, day(at));
    return changePersonalLimit(db.manager, who, { ...wanted, value, patientId, nurseRange: null, previewId }, day(at));
  };
  const propose = async (at = 0) => (await limit(people.pia, 82, at)).proposal?.id ?? 0;
  const PROPOSED = { kind: 'limit', ruleId: RULE.id, parameter: 'limit', value: 82 } as const;
  const approveAt = async (viewer: Viewer, proposalId: number, at: number, change: ProposedChange = PROPOSED) =>
    approveProposal(db.manager, viewer, { proposalId, previewId: await show(viewer, change, day(at)), rules: RULES }, day(at));
  const openTasks = () => readTasks(db.manager, people.pia, { unitId: null, forRole: null, patientId: null, state: 'open', limit: 10 });

  beforeEach(async () => {
    const code = `two-${Math.random().toString(36).slice(2)}`;
    community = await makeTestCommunity(db.manager, code, NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
    const roles: Record<keyof typeof people, PersonRole> = {
      pia: 'physician',
      per: 'physician',
      nora: 'nurse',
      tove: 'team_lead',
      far: 'physician',
    };
    for (const name of ['pia', 'per', 'nora', 'tove', 'far'] as const) {
      const unitIds = name === 'far' ? [community.gpId] : [community.dhoId];
      const person = { username: `${name}-${code}`, name, passwordHash: NO_PASSWORD, roles: [roles[name]], unitIds };
      people[name] = { ...person, personId: await savePerson(db.manager, person, NOW) };
    }
  });

  test('a limit past the safety floor waits for a second physician, and is made in both names', async () => {
    const proposalId = await propose();
    expect(await readPersonalLimits(db.manager, patientId)).toEqual([]);
    expect(await openTasks()).toMatchObject([
      { kind: 'limit-proposal', forRole: 'physician', patientId, unitId: community.dhoId, dueAt: day(7) },
    ]);
    expect(await readProposals(db.manager, people.per, { patientId, state: 'open', limit: 200 })).toMatchObject([
      { id: proposalId, value: 82, proposedBy: 'pia' },
    ]);
    const approve = (viewer: Viewer) => approveAt(viewer, proposalId, 1);
    await expect(approve(people.pia)).rejects.toMatchObject({ name: 'Forbidden' });
    await expect(approve(people.nora)).rejects.toMatchObject({ name: 'Forbidden' });
    await expect(approve(people.far)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(approveProposal(db.manager, people.per, { proposalId, previewId: null, rules: RULES }, day(1))).rejects.toMatchObject({
      name: 'NotPreviewed',
    });
    expect(await approve(people.per)).toMatchObject({ state: 'approved', decidedByPersonId: people.per.personId });
    expect(await readPersonalLimits(db.manager, patientId)).toMatchObject([
      { value: 82, setByPersonId: people.pia.personId, approvedByPersonId: people.per.personId, validFrom: day(1), version: 1 },
    ]);
    expect(await openTasks()).toEqual([]);
    await expect(approve(people.per)).rejects.toMatchObject({ name: 'Conflict' });
  });

  test('two who approve at once make one change', async () => {
    const proposalId = await propose();
    const twice = [1, 2].map(() => approveAt(people.per, proposalId, 1));
    const settled = await Promise.allSettled(twice);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await readPersonalLimits(db.manager, patientId)).toHaveLength(1);
  });

  test('it is declined with a reason, or taken back', async () => {
    const first = await propose();
    await expect(propose()).rejects.toMatchObject({ name: 'Conflict' });
    await expect(declineProposal(db.manager, people.nora, { proposalId: first, reason: 'no' }, day(1))).rejects.toMatchObject({
      name: 'Forbidden',
    });
    await expect(declineProposal(db.manager, people.per, { proposalId: first, reason: ' ' }, day(1))).rejects.toMatchObject({
      name: 'Invalid',
    });
    expect(await declineProposal(db.manager, people.per, { proposalId: first, reason: 'too low' }, day(1))).toMatchObject({
      ...{ state: 'declined', declineReason: 'too low' },
    });
    const second = await propose(1);
    expect(await declineProposal(db.manager, people.pia, { proposalId: second, reason: 'mistake' }, day(1))).toMatchObject({
      state: 'declined',
    });
    expect(await openTasks()).toEqual([]);
  });

  test('it runs out after a week', async () => {
    const proposalId = await propose();
    await expect(approveAt(people.per, proposalId, 7)).rejects.toMatchObject({ name: 'Conflict' });
    expect(await db.manager.transaction((tx) => expireProposals(tx, day(7)))).toBeGreaterThan(0);
    expect(await readProposals(db.manager, people.per, { patientId, state: null, limit: 200 })).toMatchObject([{ state: 'expired' }]);
    expect(await openTasks()).toEqual([]);
  });

  test('a limit that was changed since is looked at first', async () => {
    const proposalId = await propose();
    await limit(people.per, 85, 1);
    await expect(approveAt(people.per, proposalId, 2)).rejects.toMatchObject({ name: 'Conflict' });
  });

  test("a unit's default past the floor and a critical rule switched off wait for a physician; the rest does not", async () => {
    const unitId = community.dhoId;
    const own = { ...wanted, unitId };
    const ofUnit = (value: number) => ({ kind: 'unit_limit', unitId, ruleId: RULE.id, parameter: 'limit', value }) as const;
    const turned = { kind: 'rule', unitId, ruleId: RULE.id, enabled: false } as const;
    await expect(changeUnitLimit(db.manager, people.tove, own, NOW)).rejects.toMatchObject({ name: 'NotPreviewed' });
    const past = await changeUnitLimit(db.manager, people.tove, { ...own, previewId: await show(people.tove, ofUnit(82), NOW) }, NOW);
    expect(past.limit).toBeNull();
    const before = await show(people.tove, ofUnit(84), NOW);
    await approveAt(people.per, past.proposal?.id ?? 0, 1, ofUnit(82));
    const next = { ...own, value: 84, expectedVersion: 1 };
    await expect(changeUnitLimit(db.manager, people.tove, { ...next, previewId: before }, day(1))).rejects.toMatchObject({
      name: 'Conflict',
    });
    const previewId = await show(people.tove, ofUnit(84), day(2));
    expect(await changeUnitLimit(db.manager, people.tove, { ...next, previewId }, day(2))).toMatchObject({
      limit: { value: 84, version: 2 },
    });
    const switched = { ...own, enabled: false, previewId: await show(people.tove, turned, day(2)) };
    const off = await changeRuleSwitch(db.manager, people.tove, switched, day(2));
    expect(off.ruleSwitch).toBeNull();
    await approveAt(people.per, off.proposal?.id ?? 0, 3, turned);
    expect(await readUnitRules(db.manager, unitId)).toMatchObject({
      limits: [
        { version: 2, value: 84 },
        { version: 1, value: 82, validTo: day(2) },
      ],
      switches: [{ ruleId: RULE.id, enabled: false, version: 1 }],
    });
    const { plan } = await readAgreement(db.manager, patientId, day(4));
    expect(plan.unitLimits).toMatchObject([{ value: 82 }, { value: 84, unitId, unitName: 'Follow-up' }]);
    expect(plan.ruleSwitches).toMatchObject([{ enabled: false, unitId }]);
    const fixed = { ...RULE, whoMayChange: ['nobody'] };
    await expect(changeRuleSwitch(db.manager, people.tove, { ...own, rule: fixed, enabled: false }, day(2))).rejects.toMatchObject({
      name: 'Forbidden',
    });
  });
});
