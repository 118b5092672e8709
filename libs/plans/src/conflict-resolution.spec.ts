import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { CarePlan, PersonalLimit, Programme, Reference, ReferenceKey, ScheduledMeasurement, UnitLimit } from './care-plan.js';
import { CONFLICT_RESOLUTION, pulse, weightLossRestsUntil } from './conflict-resolution.js';
import { effectiveLimit, hasOwnLimits, limitInForce } from './effective-limit.js';
import type { LimitRange } from './limit.js';
import { PROGRAMMES, rulesFor, type ProgrammeRules } from './programme.js';
import { newestQuestionnaire, questionsFor } from './questionnaires/questionnaire.js';
import { readQuestionnaires } from './questionnaires/read-questionnaires.js';
import { isRuleOn } from './rule-in-force.js';
import { keepToMeasuringDays } from './measuring-days.js';
import { unionOfSchedules } from './schedule-union.js';

interface File {
  readonly conflict_resolution: readonly { readonly parameter: string; readonly rule: string }[];
  readonly programmes: readonly ProgrammeRules[];
  readonly rules: readonly FileRule[];
}
interface FilePart {
  readonly kind: string;
  readonly measure?: string;
  readonly op?: string;
  readonly of?: readonly FilePart[];
}
interface FileRule {
  readonly id: string;
  readonly params: Readonly<Record<string, { readonly default: number }>>;
  readonly trigger: FilePart;
}
const FILE = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as File;
const NOW = new Date('2026-03-02T08:00:00Z');
const days = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const since = { validFrom: days(-30), validTo: null };

const plan = (programmes: readonly Programme[], over: Partial<CarePlan> = {}): CarePlan => ({
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: programmes.map((programme) => ({ programme, from: days(-90), to: null })),
  ...over,
});
const personal = (ruleId: string, parameter: string, value: number, over: Partial<PersonalLimit> = {}): PersonalLimit => ({
  ...{ id: 1, ruleId, parameter, value, reason: 'agreed', setByPersonId: 7, setAt: days(-30), version: 1, ...since },
  ...over,
});
const ofUnit = (unitId: number, ruleId: string, parameter: string, value: number): UnitLimit => ({
  ...{ id: unitId, unitId, ruleId, parameter, value, reason: 'our default', setByPersonId: 9, version: 1, ...since },
});
const reference = (key: ReferenceKey, value: number, over: Partial<Reference> = {}): Reference => ({
  ...{ id: 1, key, value, reason: 'seen', setByPersonId: 8, reviewBy: null, version: 1, ...since },
  ...over,
});
/** A parameter as the file has it; `lessSensitive` as the rule's trigger says. */
const range = (ruleId: string, parameter: string, lessSensitive: 'lower' | 'higher'): LimitRange => ({
  ...{ ruleId, ruleVersion: 1, parameter, min: 0, max: 999, unit: '1', safetyFloor: null, lessSensitive },
  default: FILE.rules.find(({ id }) => id === ruleId)?.params[parameter]?.default ?? Number.NaN,
});
const running = (...programmes: Programme[]) => rulesFor(programmes, FILE.programmes);

test('every row of the file is here, word for word, and no other', () => {
  expect(Object.entries(CONFLICT_RESOLUTION)).toEqual(FILE.conflict_resolution.map(({ parameter, rule }) => [parameter, rule]));
});

describe('SpO2 low', () => {
  const target = range('copd.spo2.below_target', 'target_low', 'lower');
  test('with COPD the general rules step back; without it 92 is left', () => {
    expect([...running('copd', 'hf', 'dm')].filter((id) => id.startsWith('gen.spo2'))).toEqual([]);
    expect(running('hf', 'htn', 'dm').has('gen.spo2.low')).toBe(true);
    // At most 91 is below 92.
    expect(limitInForce(range('gen.spo2.low', 'limit', 'lower'), plan(['hf']), NOW)).toMatchObject({ value: 91, source: 'catalogue' });
  });
  test("a physician's limit wins over the COPD programme's", () => {
    const limits = [personal('copd.spo2.below_target', 'target_low', 86)];
    expect(effectiveLimit(target, plan(['copd'], { limits }), NOW)).toMatchObject({ value: 86, source: 'personal', ownerId: 7 });
  });
  test('also one that was set on the general rule before COPD: at most 89 is below 90', () => {
    const limits = [personal('gen.spo2.low', 'limit', 89), personal('gen.spo2.very_low', 'limit', 84)];
    const given = plan(['copd'], { limits });
    expect(effectiveLimit(target, given, NOW)).toMatchObject({ value: 90, chosen: { takenFrom: 'gen.spo2.low/limit' }, settledBy: null });
    expect(effectiveLimit(range('copd.spo2.critical', 'limit', 'lower'), given, NOW).value).toBe(84);
    expect(hasOwnLimits('copd.spo2.below_target', given)).toBe(true);
  });
  test('heart failure, hypertension and diabetes bring no limit of their own', () => {
    const own = FILE.programmes.filter(({ id }) => ['hf', 'htn', 'dm'].includes(id)).flatMap(({ rules }) => rules);
    expect(own.filter((id) => id.includes('spo2') && !id.startsWith('gen.'))).toEqual([]);
  });
});

// Judged on both sides, with and without target and oxygen, in the specs of the rules (`answer-conditions.spec.ts`).
test('SpO2 high: every rule about it asks for a recorded target and for oxygen', () => {
  const isAbove = ({ measure, op, of }: FilePart): boolean =>
    (measure === 'spo2' && (op === '>' || op === '>=')) || (of ?? []).some((part) => isAbove(part));
  const high = FILE.rules.filter(({ trigger }) => isAbove(trigger));
  expect(high.map(({ id }) => id)).toEqual(['copd.spo2.over_oxygenated', 'copd.spo2.above_target_on_oxygen']);
  for (const { trigger } of high) {
    expect(trigger).toMatchObject({
      kind: 'all',
      of: expect.arrayContaining([
        { kind: 'context_is', key: 'target_88_92', value: true },
        { kind: 'context_is', key: 'on_oxygen', value: true },
      ]),
    });
  }
});

describe('systolic low', () => {
  const low = range('gen.sbp.low', 'limit', 'lower');
  test('heart failure limits replace the general ones', () => {
    expect([...running('hf', 'htn')].filter((id) => id.includes('sbp'))).toEqual(['hf.sbp.low', 'hf.sbp.high']);
    expect(running('htn', 'dm').has('gen.sbp.low')).toBe(true);
  });
  test('the lowest pressure a physician accepts is the limit of the heart failure rule', () => {
    const references = [reference('lowest-systolic', 85)];
    const given = plan(['hf'], { references });
    expect(limitInForce(range('hf.sbp.low', 'without_symptoms', 'lower'), given, NOW)).toMatchObject({
      value: 85,
      source: 'personal',
      ownerId: 8,
    });
    expect(limitInForce(range('hf.sbp.low', 'with_symptoms', 'lower'), given, NOW)).toMatchObject({ value: 90, source: 'catalogue' });
  });
  test('without heart failure the highest of the units wins, and nobody is asked', () => {
    const unitLimits = [ofUnit(1, 'gen.sbp.low', 'limit', 95), ofUnit(2, 'gen.sbp.low', 'limit', 105)];
    expect(effectiveLimit(low, plan(['htn'], { unitLimits }), NOW)).toMatchObject({
      ...{ value: 105, source: 'unit', ownerId: 2, settledBy: 'systolic low' },
      differing: [{ value: 105 }, { value: 95 }],
    });
  });
});

describe('blood pressure mean target', () => {
  const sbp = range('htn.mean.high', 'sbp', 'higher');
  const references = [reference('frail-pressure-target', 150)];
  test.each<[string, CarePlan, number, string]>([
    ['frail, not confirmed', plan(['htn', 'frail']), 135, 'catalogue'],
    ['frail, confirmed', plan(['htn', 'frail'], { references }), 150, 'personal'],
    ['85, confirmed', plan(['htn'], { references, birthYear: 1941 }), 150, 'personal'],
    ['84, confirmed', plan(['htn'], { references, birthYear: 1942 }), 135, 'catalogue'],
    ['age not known, confirmed', plan(['htn'], { references, birthYear: null }), 135, 'catalogue'],
    [
      'confirmed, but ended',
      plan(['frail', 'htn'], { references: [{ ...references[0], validTo: days(-1) } as Reference] }),
      135,
      'catalogue',
    ],
  ])('%s', (_what, given, value, source) => {
    expect(limitInForce(sbp, given, NOW)).toMatchObject({ value, source });
  });
  test.each<[string, CarePlan, number, string]>([
    ['not confirmed', plan(['htn', 'frail']), 85, 'catalogue'],
    ['confirmed', plan(['htn', 'frail'], { references }), 90, 'personal'],
    ['85, confirmed', plan(['htn'], { references, birthYear: 1941 }), 90, 'personal'],
    ['neither frail nor 85', plan(['htn'], { references, birthYear: 1942 }), 85, 'catalogue'],
    ['of 145, the least of a frail one', plan(['htn', 'frail'], { references: [reference('frail-pressure-target', 145)] }), 90, 'personal'],
    ['stricter than a frail one', plan(['htn', 'frail'], { references: [reference('frail-pressure-target', 140)] }), 85, 'catalogue'],
  ])('the diastolic limit goes with the target: %s', (_what, given, value, source) => {
    expect(limitInForce(range('htn.mean.high', 'dbp', 'higher'), given, NOW)).toMatchObject({ value, source });
  });
  test('a target of hypertension beside it is not merged: both shown, the lower one used', () => {
    const given = plan(['htn', 'frail'], { references, limits: [personal('htn.mean.high', 'sbp', 130)] });
    expect(effectiveLimit(sbp, given, NOW)).toMatchObject({
      value: 130,
      settledBy: 'conflict left',
      differing: [{ ownerId: 7 }, { ownerId: 8 }],
    });
  });
});

test('very high pressure: the same rules whatever programmes are followed', () => {
  const severe = FILE.rules.map(({ id }) => id).filter((id) => id.startsWith('htn.severe'));
  expect(severe).toEqual(['htn.severe', 'htn.severe_with_symptoms']);
  fc.assert(
    fc.property(fc.subarray([...PROGRAMMES], { minLength: 1 }), (programmes) => {
      expect(severe.filter((id) => running(...programmes).has(id))).toEqual(severe);
    }),
  );
});

describe('pulse', () => {
  const known = [reference('atrial-fibrillation', 1)];
  const high = personal('gen.pulse.high', 'limit', 120);
  const low = personal('gen.pulse.very_low', 'limit', 38);
  test.each<[string, Partial<CarePlan>, string, boolean]>([
    ['nothing set: the strictest of both run', {}, 'strictest', true],
    ['rate limits without a known rhythm', { limits: [high, low] }, 'strictest', true],
    ['rate limits for known atrial fibrillation', { limits: [high, low], references: known }, 'personal-rates', false],
    ['rate limits for a pacemaker', { limits: [high, low], references: [reference('pacemaker-lower-rate', 50)] }, 'personal-rates', false],
    ['no pacemaker', { limits: [high, low], references: [reference('pacemaker-lower-rate', 0)] }, 'strictest', true],
    ['one end only', { limits: [high], references: known }, 'one-end-only', true],
    ['known, none set', { references: known }, 'strictest', true],
  ])('%s', (_what, over, expected, runs) => {
    const given = plan(['hf', 'copd'], over);
    expect([pulse(given, NOW), isRuleOn('hf.pulse', true, given, NOW.getTime())]).toEqual([expected, runs]);
  });
  test('both ends come from every programme', () => {
    expect([...running('hf')].filter((id) => id.includes('pulse'))).toEqual(
      expect.arrayContaining(['gen.pulse.very_high', 'gen.pulse.high', 'gen.pulse.very_low', 'hf.pulse']),
    );
  });
});

describe('weight', () => {
  test('gain and loss both run', () => {
    expect([...running('hf', 'frail')]).toEqual(expect.arrayContaining(['hf.weight.gain_3d', 'hf.weight.loss_3d', 'frail.weight_loss']));
  });
  test.each([
    [-1, true, true],
    [0, false, true],
    [6.9, false, true],
    [7, true, true],
  ])('planned diuresis begun 0 days ago: on day %p loss runs: %p, gain: %p', (day, loss, gain) => {
    const given = plan(['hf', 'frail'], { references: [reference('planned-diuresis', 1, { validFrom: NOW })] });
    const at = days(day);
    expect(['hf.weight.loss_3d', 'frail.weight_loss', 'hf.weight.gain_3d'].map((id) => isRuleOn(id, true, given, at.getTime()))).toEqual([
      loss,
      loss,
      gain,
    ]);
    expect(weightLossRestsUntil(given, at)).toEqual(loss ? null : days(7));
  });
  test('a diuresis called off rests nothing', () => {
    const references = [reference('planned-diuresis', 1, { validFrom: days(-2), validTo: days(-1) })];
    expect(weightLossRestsUntil(plan(['hf'], { references }), NOW)).toBeNull();
  });
});

describe('temperature', () => {
  test('every fever rule runs for a frail person', () => {
    expect([...running('frail', 'copd')]).toEqual(expect.arrayContaining(['frail.temp', 'gen.temp.high', 'gen.temp.very_high']));
  });
  test('of units that differ the lowest wins', () => {
    const unitLimits = [ofUnit(1, 'gen.temp.high', 'limit', 38.1), ofUnit(2, 'gen.temp.high', 'limit', 37.8)];
    expect(effectiveLimit(range('gen.temp.high', 'limit', 'higher'), plan(['frail'], { unitLimits }), NOW)).toMatchObject({
      ...{ value: 37.8, settledBy: 'temperature' },
    });
  });
});

test('breathlessness answer: asked once, for COPD and heart failure together', () => {
  const questionnaires = readQuestionnaires(JSON.parse(readFileSync('libs/plans/src/questionnaires/questionnaires.json', 'utf8')));
  const daily = newestQuestionnaire(questionnaires, 'daily');
  if (daily === null) throw new Error('there is a daily questionnaire');
  const asked = (...programmes: Programme[]) =>
    questionsFor(daily, programmes).filter(({ code, answersAlso }) =>
      ['dyspnoea_worse', 'breathlessness_worse'].some((each) => each === code || answersAlso.includes(each)),
    );
  expect([asked('copd'), asked('hf'), asked('copd', 'hf')].map((questions) => questions.length)).toEqual([1, 1, 1]);
  // One answer feeds the rules of both.
  expect(asked('copd', 'hf')).toMatchObject([{ code: 'dyspnoea_worse', answersAlso: ['breathlessness_worse'] }]);
});

describe('schedule', () => {
  const item = (
    metric: ScheduledMeasurement['metric'],
    atLocal: string,
    weekdays: readonly number[],
    [from, to]: readonly [number, number | null] = [0, null],
  ): ScheduledMeasurement => ({ metric, atLocal, weekdays, from: days(from), to: to === null ? null : days(to) });
  const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
  const copd = [item('spo2', '10:00', [1, 4])];
  const hf = [item('weight', '09:00', EVERY_DAY), item('systolic', '09:00', [1, 3, 5])];
  const htn = [item('systolic', '09:00', [1, 4]), item('systolic', '19:00', [1, 4])];
  test('is the union of measures in one session a day, the one there is already', () => {
    expect(unionOfSchedules([copd, hf])).toEqual([...copd, item('weight', '10:00', EVERY_DAY), item('systolic', '10:00', [1, 3, 5])]);
    expect(unionOfSchedules([[], hf])).toEqual(hf);
  });
  test('the most frequent wins, morning and evening stay what they are', () => {
    expect(unionOfSchedules([hf, htn])).toEqual([hf[0], ...htn]);
    expect(unionOfSchedules([[item('weight', '08:00', [1])], hf])[0]).toEqual(item('weight', '08:00', EVERY_DAY));
  });
  test('at every time, and never the same twice', () => {
    const running = [item('systolic', '09:00', EVERY_DAY, [0, 14]), item('systolic', '09:00', [1, 4], [14, null])];
    const added = [item('systolic', '09:00', EVERY_DAY, [5, 19]), item('systolic', '09:00', [1, 3, 5], [19, null])];
    expect(unionOfSchedules([running, added])).toEqual([item('systolic', '09:00', EVERY_DAY, [0, 19]), added[1]]);
    expect(unionOfSchedules([running, running])).toEqual(running);
  });
  test('what is agreed for an open episode neither replaces what always runs nor gives way to it', () => {
    const more = { ...item('spo2', '10:00', EVERY_DAY, [14, null]), onlyInEpisode: true };
    const withMore = [...copd, more];
    expect(unionOfSchedules([withMore, hf])).toEqual([
      ...copd,
      item('weight', '10:00', EVERY_DAY),
      item('systolic', '10:00', [1, 3, 5]),
      more,
    ]);
    const daily = item('spo2', '09:00', EVERY_DAY);
    expect(unionOfSchedules([[daily], withMore])).toEqual([daily, { ...more, atLocal: '09:00' }]);
    expect(unionOfSchedules([withMore, [daily]])).toEqual([{ ...daily, atLocal: '10:00' }, more]);
    const weekly = { ...more, weekdays: [7] };
    expect(unionOfSchedules([[...copd, weekly], withMore])).toEqual(withMore);
  });
  test('never more than the patient agreed to', () => {
    const agreed = { ...{ id: 1, daysAWeek: null, reason: 'x', setByPersonId: 8, validTo: null, version: 1 }, validFrom: days(0) };
    const keep = (lists: readonly (readonly ScheduledMeasurement[])[], weekdays: readonly number[]) =>
      keepToMeasuringDays(unionOfSchedules(lists), [{ ...agreed, weekdays }]);
    expect(keep([hf, copd], [1, 4])).toEqual({
      schedule: [item('weight', '09:00', [1, 4]), item('systolic', '09:00', [1]), item('spo2', '09:00', [1, 4])],
      leftOut: [item('weight', '09:00', [2, 3, 5, 6, 7]), item('systolic', '09:00', [3, 5])],
    });
    expect(keep([copd], [7])).toEqual({ schedule: [], leftOut: copd });
  });
});

describe('conflict left', () => {
  const drop = range('copd.spo2.drop', 'drop', 'higher');
  const unitLimits = [ofUnit(4, 'copd.spo2.drop', 'drop', 5), ofUnit(2, 'copd.spo2.drop', 'drop', 2)];
  test('both limits with their owners, the more protective one used', () => {
    const effective = effectiveLimit(drop, plan(['copd'], { unitLimits }), NOW);
    expect(effective).toMatchObject({ value: 2, source: 'unit', ownerId: 2, settledBy: 'conflict left' });
    expect(effective.differing.map(({ value, ownerId }) => [value, ownerId])).toEqual([
      [2, 2],
      [5, 4],
    ]);
  });
  test('units that agree are no conflict, and a personal limit settles it', () => {
    const same = unitLimits.map((limit) => ({ ...limit, value: 4 }));
    expect(effectiveLimit(drop, plan(['copd'], { unitLimits: same }), NOW)).toMatchObject({ value: 4, settledBy: null, differing: [] });
    const limits = [personal('copd.spo2.drop', 'drop', 3)];
    expect(effectiveLimit(drop, plan(['copd'], { unitLimits, limits }), NOW)).toMatchObject({
      value: 3,
      source: 'personal',
      settledBy: null,
    });
  });
  test("a unit's newest version in force counts", () => {
    const [first] = unitLimits as [UnitLimit, UnitLimit];
    const versions = [
      first,
      { ...first, version: 2, value: 4, validFrom: days(-1) },
      { ...first, version: 3, value: 3, validFrom: days(1) },
    ];
    for (const order of [versions, [...versions].reverse()]) {
      expect(limitInForce(drop, plan(['copd'], { unitLimits: order }), NOW)).toMatchObject({ value: 4, version: 2 });
    }
  });
});

describe('rules switched by a unit', () => {
  const ruleSwitch = (unitId: number, enabled: boolean, version = 1) => ({
    ...{ id: 1, unitId, ruleId: 'copd.exact.event', enabled, reason: 'trial', setByPersonId: 9, version, ...since },
  });
  test.each([
    [[], false],
    [[ruleSwitch(1, true)], true],
    [[ruleSwitch(1, true), ruleSwitch(1, false, 2)], false],
    [[ruleSwitch(1, false), ruleSwitch(2, true)], true],
    [[{ ...ruleSwitch(1, true), validTo: days(-1) }], false],
  ])('%#', (ruleSwitches, expected) => {
    expect(isRuleOn('copd.exact.event', false, plan(['copd'], { ruleSwitches }), NOW.getTime())).toBe(expected);
    expect(isRuleOn('copd.spo2.drop', true, plan(['copd'], { ruleSwitches }), NOW.getTime())).toBe(true);
  });
});

test('whatever is set, in whatever order it was read: the same limit, no value that nobody set, and never a less protective one of equals', () => {
  const value = fc.integer({ min: 80, max: 94 });
  const limits = fc.array(fc.record({ value, version: fc.nat(3), isGeneral: fc.boolean() }), { maxLength: 4 });
  const unitLimits = fc.array(fc.record({ value, unitId: fc.integer({ min: 1, max: 3 }), version: fc.nat(3) }), { maxLength: 4 });
  const target = range('copd.spo2.below_target', 'target_low', 'lower');
  fc.assert(
    fc.property(limits, unitLimits, (personals, units) => {
      // A version is there once.
      const seen = new Set<string>();
      const once = (key: string) => !seen.has(key) && seen.add(key);
      const own = personals
        .filter(({ version, isGeneral }) => once(`${isGeneral} ${version}`))
        .map(({ value: each, version, isGeneral }) =>
          isGeneral
            ? personal('gen.spo2.low', 'limit', each, { version })
            : personal('copd.spo2.below_target', 'target_low', each, { version }),
        );
      const theirs = units
        .filter(({ unitId, version }) => once(`u ${unitId} ${version}`))
        .map(({ unitId, value: each, version }) => ({
          ...ofUnit(unitId, 'copd.spo2.below_target', 'target_low', each),
          version: version + 1,
        }));
      const one = effectiveLimit(target, plan(['copd'], { limits: own, unitLimits: theirs }), NOW);
      const other = effectiveLimit(target, plan(['copd'], { limits: [...own].reverse(), unitLimits: [...theirs].reverse() }), NOW);
      expect(other).toEqual(one);
      expect([
        88,
        ...own.map((each) => each.value + (each.ruleId === 'gen.spo2.low' ? 1 : 0)),
        ...theirs.map((each) => each.value),
      ]).toContain(one.value);
      for (const each of one.differing) expect(each.value).toBeLessThanOrEqual(one.value);
      expect(one.source).toBe(own.length > 0 ? 'personal' : theirs.length > 0 ? 'unit' : 'catalogue');
    }),
  );
});
