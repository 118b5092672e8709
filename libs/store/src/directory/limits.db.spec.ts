import { effectiveLimit, limitInForce, type ChangeableRule, type LimitRange } from '@varde/plans';
import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { NO_EFFECT, showTestChange } from '../../../../test/shown.js';
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
  const db = testDatabase();
  let patientId = 0;
  let physician: Author;
  let nurse: Author;
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
    previewId: null,
  });
  /** Shown to who makes it, and made. */
  const make = async (author: Author, change: LimitChange, at: Date) => {
    const { patientId: id, rule, parameter, value } = change;
    const shown = { kind: 'limit', ruleId: rule.id, parameter, value } as const;
    const exists = id === patientId;
    const previewId = exists ? await showTestChange(db.manager, { patientId: id, unitId: null, ...author, change: shown }, at) : null;
    return changePersonalLimit(db.manager, author, { ...change, previewId }, at);
  };
  const showEnd = (value: number | null, at: Date) => {
    const change = { kind: 'limit', ruleId: RULE.id, parameter: RANGE.parameter, value } as const;
    return showTestChange(db.manager, { patientId, unitId: null, personId: physician.personId, change }, at);
  };
  const save = async (value: number, from: number, to: number | null = null, over: Partial<LimitChange> = {}) => {
    const [newest] = await readPersonalLimits(db.manager, patientId);
    const change = { ...wanted(value, from, to, newest?.version ?? 0), ...over };
    const { limit } = await make(physician, change, day(from));
    if (limit === null) throw new Error('a proposal was made');
    return limit;
  };
  const inForce = async (at: number) => limitInForce(RANGE, (await readAgreement(db.manager, patientId, day(at))).plan, day(at)).value;

  beforeAll(async () => {
    physician = { personId: await makeTestPerson(db.manager, 'physician', 'physician', NOW), roles: ['physician'] };
    nurse = { personId: await makeTestPerson(db.manager, 'nurse', 'nurse', NOW), roles: ['nurse'] };
  });
  beforeEach(async () => {
    const community = await makeTestCommunity(db.manager, `limits-${Math.random().toString(36).slice(2)}`, NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
  });

  test('a change ends the running one and adds the next; the history stays as it was said', async () => {
    await save(86, 1);
    const before = await readPersonalLimits(db.manager, patientId);
    await save(85, 10);
    const after = await readPersonalLimits(db.manager, patientId);
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
    const { plan } = await readAgreement(db.manager, patientId, day(2));
    expect(effectiveLimit(RANGE, plan, day(2)).chosen).toMatchObject({
      ...{ source: 'personal', ownerId: physician.personId, ownerName: 'physician', reason: 'habitual saturation 86-88 at rest' },
      ...{ validFrom: day(1), validTo: null, version: 1 },
    });
  });

  test('watchers hear of it', async () => {
    await expectDue(db.manager, patientId, day(1), () => save(86, 1));
    expect((await readPlans(db.manager, [patientId], day(1))).get(patientId)?.planVersion).toBe(2);
  });

  test('of many who set one at once, having seen the same, one is heard and the others are told', async () => {
    const given = [86, 87, 89, 90].map((value) => make(physician, wanted(value, 1, null, 0), day(1)));
    const settled = await Promise.allSettled(given);
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).name] : []));
    expect(refused).toEqual(['Conflict', 'Conflict', 'Conflict']);
    expect(await readPersonalLimits(db.manager, patientId)).toHaveLength(1);
  });

  test('ending one brings back the default, and says who ended it', async () => {
    const limit = await save(86, 1);
    const end = { patientId, limitId: limit.id, personId: physician.personId, previewId: await showEnd(null, day(3)) };
    await endPersonalLimit(db.manager, end, day(3));
    expect(await Promise.all([2, 4].map(inForce))).toEqual([86, 88]);
    expect(await readPersonalLimits(db.manager, patientId)).toMatchObject([{ endedByPersonId: physician.personId, validTo: day(3) }]);
    const again = { ...end, previewId: await showEnd(null, day(4)) };
    await expect(endPersonalLimit(db.manager, again, day(4))).rejects.toMatchObject({ name: 'Conflict' });
    await expect(endPersonalLimit(db.manager, { ...end, limitId: 99_999 }, day(4))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('the end of one that lies over another is previewed as that other', async () => {
    await save(86, 1);
    const over = await save(90, 5, 8);
    const end = { patientId, limitId: over.id, personId: physician.personId };
    const nothing = { ...end, previewId: await showEnd(null, day(6)) };
    await expect(endPersonalLimit(db.manager, nothing, day(6))).rejects.toMatchObject({
      ...{ name: 'NotPreviewed', message: expect.stringContaining('"value":86') as string },
    });
    const previewId = await showEnd(86, day(6));
    await endPersonalLimit(db.manager, { ...end, previewId }, day(6));
    expect(await inForce(7)).toBe(86);
    expect((await readPersonalLimits(db.manager, patientId))[0]).toMatchObject({ shownAtEnd: { id: previewId, shownAt: day(6) } });
  });

  describe('is set by who has been shown what it would have done', () => {
    const change = { kind: 'limit', ruleId: RULE.id, parameter: RANGE.parameter, value: 86 } as const;
    const tryWith = (previewId: number | null, at = 1) =>
      changePersonalLimit(db.manager, physician, { ...wanted(86, at, null, 0), previewId }, day(at));
    const show = (over: object, at = 1) =>
      showTestChange(db.manager, { patientId, unitId: null, personId: physician.personId, change, ...over }, day(at));

    test('and its history keeps what that was', async () => {
      const previewId = await show({});
      await tryWith(previewId);
      const [kept] = await readPersonalLimits(db.manager, patientId);
      expect(kept?.shown).toEqual({ id: previewId, shownAt: day(1), effect: NO_EFFECT });
    });

    test.each<[string, () => Promise<number | null>, string, RegExp]>([
      ['nothing was shown', () => Promise.resolve(null), 'NotPreviewed', /not been shown what this would have done: ask for a preview/],
      ['it was shown to somebody else', () => show({ personId: nurse.personId }), 'NotPreviewed', /given no preview/],
      ['another value was shown', () => show({ change: { ...change, value: 87 } }), 'NotPreviewed', /shows another change/],
      ['it was shown the day before', () => show({}, 0), 'Conflict', /more than 24 hours old/],
    ])('and not when %s', async (_what, shown, name, message) => {
      await expect(tryWith(await shown())).rejects.toMatchObject({ name, message: expect.stringMatching(message) as string });
      expect(await readPersonalLimits(db.manager, patientId)).toEqual([]);
    });

    test('and not of another patient, twice, or on a plan that has changed since', async () => {
      const others = patientId;
      const previewId = await show({});
      patientId = await makeTestPatient(db.manager, await makeTestCommunity(db.manager, `other-${others}`, NOW), NOW);
      await expect(tryWith(previewId)).rejects.toMatchObject({ name: 'NotPreviewed' });
      patientId = others;
      await db.manager.query(`update patient set plan_version = plan_version + 1 where id = $1`, [patientId]);
      await expect(tryWith(previewId)).rejects.toMatchObject({
        name: 'Conflict',
        message: expect.stringMatching(/plan has changed/) as string,
      });
      const anew = await show({});
      await tryWith(anew);
      await expect(tryWith(anew)).rejects.toMatchObject({ name: 'Conflict', message: expect.stringMatching(/has been used/) as string });
    });
  });

  test('a nurse moves it only inside the range a physician has left, which stays', async () => {
    const move = (value: number, expectedVersion: number) => make(nurse, wanted(value, 2, null, expectedVersion), day(2));
    await expect(move(87, 0)).rejects.toMatchObject({ name: 'Forbidden' });
    await save(86, 1, null, { nurseRange: { min: 86, max: 90 } });
    await expect(move(85, 1)).rejects.toMatchObject({ name: 'Forbidden' });
    expect(await move(87, 1)).toMatchObject({ limit: { value: 87, version: 2, nurseRange: { min: 86, max: 90 } } });
    expect(await move(90, 2)).toMatchObject({ limit: { value: 90, version: 3, setByPersonId: nurse.personId } });
    await save(88, 4);
    await expect(make(nurse, wanted(89, 5, null, 4), day(5))).rejects.toMatchObject({ name: 'Forbidden' });
  });

  test('by a range that ends she sets nothing that outlasts it: the standing limit comes back', async () => {
    await save(90, 1);
    await save(86, 2, 8, { nurseRange: { min: 85, max: 88 } });
    const move = (from: number, to: number | null) => make(nurse, wanted(87, from, to, 2), day(3));
    await expect(move(3, null)).rejects.toMatchObject({ name: 'Forbidden', message: expect.stringContaining('not beyond') as string });
    await expect(move(9, 10)).rejects.toMatchObject({ name: 'Forbidden' });
    await move(3, 8);
    expect(await Promise.all([2.5, 4, 9].map(inForce))).toEqual([86, 87, 90]);
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
    await expect(make(physician, { ...wanted(86, 1, null, 0), ...wrong }, day(1))).rejects.toMatchObject({
      name,
    });
    expect(await readPersonalLimits(db.manager, patientId)).toEqual([]);
  });
});
