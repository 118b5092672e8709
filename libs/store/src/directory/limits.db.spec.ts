import { effectiveLimit, limitInForce, type ChangeableRule, type LimitRange } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { changePersonalLimit, endPersonalLimit, readPersonalLimits, type Author, type LimitChange } from './limits.js';
import { readAgreement } from './patients.js';
import { readPlans } from '../looks/plans-read.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const RANGE: LimitRange = {
  ruleId: 'copd.spo2.below_target',
  ruleVersion: 1,
  parameter: 'target_low',
  default: 88,
  min: 80,
  max: 94,
  unit: '%',
  safetyFloor: 84,
  lessSensitive: 'lower',
};
const RULE: ChangeableRule = { id: RANGE.ruleId, ranges: [RANGE], whoMayChange: ['treating_physician'], severity: 'red' };

describe('personal limits', () => {
  let db: TestDatabase;
  let patientId = 0;
  let physician: Author;
  let nurse: Author;
  const manager = () => db.database.dataSource.manager;
  const wanted = (value: number, from: number, to: number | null, expectedVersion: number): LimitChange => ({
    patientId,
    rule: RULE,
    parameter: RANGE.parameter,
    value,
    reason: 'habitual saturation 86-88 at rest',
    validFrom: day(from),
    validTo: to === null ? null : day(to),
    nurseRange: null,
    expectedVersion,
  });
  const save = async (value: number, from: number, to: number | null = null, over: Partial<LimitChange> = {}) => {
    const [newest] = await readPersonalLimits(manager(), patientId);
    const change = { ...wanted(value, from, to, newest?.version ?? 0), ...over };
    const { limit } = await changePersonalLimit(manager(), physician, change, day(from));
    if (limit === null) throw new Error('a proposal was made');
    return limit;
  };
  const inForce = async (at: number) => limitInForce(RANGE, (await readAgreement(manager(), patientId, day(at))).plan, day(at)).value;

  beforeAll(async () => {
    db = await openTestDatabase();
    physician = { personId: await makeTestPerson(manager(), 'physician', 'physician', NOW), roles: ['physician'] };
    nurse = { personId: await makeTestPerson(manager(), 'nurse', 'nurse', NOW), roles: ['nurse'] };
  }, 60_000);
  beforeEach(async () => {
    const community = await makeTestCommunity(manager(), `limits-${Math.random().toString(36).slice(2)}`, NOW);
    patientId = await makeTestPatient(manager(), community, NOW);
  });
  afterAll(() => db.close());

  test('a change ends the running one and adds the next; the history stays as it was said', async () => {
    await save(86, 1);
    const before = await readPersonalLimits(manager(), patientId);
    await save(85, 10);
    const after = await readPersonalLimits(manager(), patientId);
    expect(after).toHaveLength(2);
    expect(after[0]).toMatchObject({ version: 2, value: 85, validFrom: day(10), validTo: null, setByPersonId: physician.personId });
    expect(after[1]).toEqual({ ...before[0], validTo: day(10) });
    expect(await Promise.all([0.5, 5, 10, 20].map(inForce))).toEqual([88, 86, 85, 85]);
  });

  test('one that ends by itself lies over the standing one, which comes back', async () => {
    await save(86, 1);
    await save(90, 5, 8);
    expect(await Promise.all([4, 6, 9].map(inForce))).toEqual([86, 90, 86]);
  });

  test('the plan says whose it is and why', async () => {
    await save(86, 1);
    const { plan } = await readAgreement(manager(), patientId, day(2));
    expect(effectiveLimit(RANGE, plan, day(2)).chosen).toMatchObject({
      ...{ source: 'personal', ownerId: physician.personId, ownerName: 'physician', reason: 'habitual saturation 86-88 at rest' },
      ...{ validFrom: day(1), validTo: null, version: 1 },
    });
  });

  test('watchers hear of it', async () => {
    await expectDue(manager(), patientId, day(1), () => save(86, 1));
    expect((await readPlans(manager(), [patientId], day(1))).get(patientId)?.planVersion).toBe(2);
  });

  test('of many who set one at once, having seen the same, one is heard and the others are told', async () => {
    const given = [86, 87, 89, 90].map((value) => changePersonalLimit(manager(), physician, wanted(value, 1, null, 0), day(1)));
    const settled = await Promise.allSettled(given);
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).name] : []));
    expect(refused).toEqual(['Conflict', 'Conflict', 'Conflict']);
    expect(await readPersonalLimits(manager(), patientId)).toHaveLength(1);
  });

  test('ending one brings back the default, and says who ended it', async () => {
    const limit = await save(86, 1);
    const end = { patientId, limitId: limit.id, personId: physician.personId };
    await endPersonalLimit(manager(), end, day(3));
    expect(await Promise.all([2, 4].map(inForce))).toEqual([86, 88]);
    expect(await readPersonalLimits(manager(), patientId)).toMatchObject([{ endedByPersonId: physician.personId, validTo: day(3) }]);
    await expect(endPersonalLimit(manager(), end, day(4))).rejects.toMatchObject({ name: 'Conflict' });
    await expect(endPersonalLimit(manager(), { ...end, limitId: 99_999 }, day(4))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('a nurse moves it only inside the range a physician has left, which stays', async () => {
    const move = (value: number, expectedVersion: number) =>
      changePersonalLimit(manager(), nurse, wanted(value, 2, null, expectedVersion), day(2));
    await expect(move(87, 0)).rejects.toMatchObject({ name: 'Forbidden' });
    await save(86, 1, null, { nurseRange: { min: 86, max: 90 } });
    await expect(move(85, 1)).rejects.toMatchObject({ name: 'Forbidden' });
    expect(await move(87, 1)).toMatchObject({ limit: { value: 87, version: 2, nurseRange: { min: 86, max: 90 } } });
    expect(await move(90, 2)).toMatchObject({ limit: { value: 90, version: 3, setByPersonId: nurse.personId } });
    await save(88, 4);
    await expect(changePersonalLimit(manager(), nurse, wanted(89, 5, null, 4), day(5))).rejects.toMatchObject({ name: 'Forbidden' });
  });

  test.each<[string, Partial<LimitChange>, string]>([
    ['outside the range', { value: 70 }, 'Invalid'],
    ['no reason', { reason: '  ' }, 'Invalid'],
    ['no such parameter', { parameter: 'other' }, 'Invalid'],
    ['in the past', { validFrom: day(-1) }, 'Invalid'],
    ['ends before it begins', { validTo: day(0.5) }, 'Invalid'],
    ['nurses past the floor', { nurseRange: { min: 83, max: 90 } }, 'Invalid'],
    ['a rule of nobody', { rule: { ...RULE, whoMayChange: ['nobody'] } }, 'Forbidden'],
    ['a rule of the programme lead', { rule: { ...RULE, whoMayChange: ['programme_lead'] } }, 'Forbidden'],
    ['seen by nobody', { expectedVersion: 3 }, 'Conflict'],
    ['no such patient', { patientId: 99_999 }, 'NotFound'],
  ])('%s is refused', async (_what, wrong, name) => {
    await expect(changePersonalLimit(manager(), physician, { ...wanted(86, 1, null, 0), ...wrong }, day(1))).rejects.toMatchObject({
      name,
    });
    expect(await readPersonalLimits(manager(), patientId)).toEqual([]);
  });
});
