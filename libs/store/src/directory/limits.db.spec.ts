import { limitInForce, type LimitRange } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { endPersonalLimit, readPersonalLimits, savePersonalLimit } from './limits.js';
import { readAgreement } from './patients.js';
import { readPlans } from '../looks/plans-read.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const RANGE: LimitRange = {
  ruleId: 'copd.spo2.below_target',
  ruleVersion: 1,
  parameter: 'target_low',
  default: 88,
  min: 84,
  max: 94,
  unit: '%',
  safetyFloor: 84,
  lessSensitive: 'lower',
};

describe('personal limits', () => {
  let db: TestDatabase;
  let patientId = 0;
  let physicianId = 0;
  const manager = () => db.database.dataSource.manager;
  const wanted = (value: number, from: number, to: number | null) => ({
    patientId,
    ruleId: RANGE.ruleId,
    parameter: RANGE.parameter,
    value,
    reason: 'habitual saturation 86-88 at rest',
    setByPersonId: physicianId,
    validFrom: day(from),
    validTo: to === null ? null : day(to),
  });
  const save = (value: number, from: number, to: number | null = null) =>
    savePersonalLimit(manager(), wanted(value, from, to), [RANGE], day(from));
  const inForce = async (at: number) => limitInForce(RANGE, (await readAgreement(manager(), patientId, day(at))).plan, day(at)).value;

  beforeAll(async () => {
    db = await openTestDatabase();
    physicianId = await makeTestPerson(manager(), 'physician', 'physician', NOW);
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
    expect(after[0]).toMatchObject({ version: 2, value: 85, validFrom: day(10), validTo: null, setByPersonId: physicianId });
    expect(after[1]).toEqual({ ...before[0], validTo: day(10) });
    expect(await Promise.all([0.5, 5, 10, 20].map(inForce))).toEqual([88, 86, 85, 85]);
  });

  test('one that ends by itself lies over the standing one, which comes back', async () => {
    await save(86, 1);
    await save(90, 5, 8);
    expect(await Promise.all([4, 6, 9].map(inForce))).toEqual([86, 90, 86]);
  });

  test('watchers hear of it', async () => {
    await manager().query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, day(300)]);
    await save(86, 1);
    expect((await readPlans(manager(), [patientId], day(1))).get(patientId)?.planVersion).toBe(2);
    const [watch] = await manager().query<{ due_at: Date }[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]);
    expect(watch?.due_at).toEqual(day(1));
  });

  test('many who set one at once make as many versions, of which one runs', async () => {
    await Promise.all([86, 87, 89, 90].map((value, index) => save(value, 1 + index)));
    const limits = await readPersonalLimits(manager(), patientId);
    expect(limits.map((limit) => limit.version)).toEqual([4, 3, 2, 1]);
    expect(await inForce(100)).toBe(limits[0]?.value);
  });

  test('ending one brings back the default', async () => {
    const limit = await save(86, 1);
    await endPersonalLimit(manager(), { patientId, limitId: limit.id }, day(3));
    expect(await Promise.all([2, 4].map(inForce))).toEqual([86, 88]);
    await expect(endPersonalLimit(manager(), { patientId, limitId: limit.id }, day(4))).rejects.toMatchObject({ name: 'Conflict' });
    await expect(endPersonalLimit(manager(), { patientId, limitId: 99_999 }, day(4))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test.each([
    [{ value: 70 }, 'Invalid'],
    [{ reason: '  ' }, 'Invalid'],
    [{ parameter: 'other' }, 'Invalid'],
    [{ validFrom: day(-1) }, 'Invalid'],
    [{ validTo: day(0.5) }, 'Invalid'],
    [{ patientId: 99_999 }, 'NotFound'],
    [{ setByPersonId: 99_999 }, 'NotFound'],
  ])('%j is refused', async (wrong, name) => {
    await expect(savePersonalLimit(manager(), { ...wanted(86, 1, null), ...wrong }, [RANGE], day(1))).rejects.toMatchObject({ name });
    expect(await readPersonalLimits(manager(), patientId)).toEqual([]);
  });
});
