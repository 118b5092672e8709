import type { CarePlan, PersonalLimit } from './care-plan.js';
import { limitInForce } from './effective-limit.js';
import { checkPersonalLimit, type LimitRange } from './limit.js';
import { programmesInForce, rulesFor } from './programme.js';

const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
const range: LimitRange = {
  ruleId: 'copd.spo2.critical',
  ruleVersion: 3,
  parameter: 'limit',
  default: 83,
  min: 80,
  max: 88,
  unit: '%',
  safetyFloor: 83,
  lessSensitive: 'lower',
};
const personal = (over: Partial<PersonalLimit>): PersonalLimit => ({
  id: 1,
  ruleId: 'copd.spo2.critical',
  parameter: 'limit',
  value: 85,
  reason: 'agreed at the clinic',
  setByPersonId: 7,
  setAt: day('2026-01-01'),
  validFrom: day('2026-01-10'),
  validTo: null,
  version: 1,
  ...over,
});
const plan = (over: Partial<CarePlan>): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: [],
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
  ...over,
});

describe('limit in force', () => {
  const limits = [
    personal({ value: 85, version: 1, validTo: day('2026-02-01') }),
    personal({ id: 2, value: 86, version: 2, validFrom: day('2026-01-20'), validTo: day('2026-01-25') }),
    personal({ id: 3, value: 87, version: 9, ruleId: 'copd.spo2.below_target' }),
  ];
  test.each([
    ['2026-01-09', 83, 'catalogue', 3],
    ['2026-01-10', 85, 'personal', 1],
    ['2026-01-20', 86, 'personal', 2],
    ['2026-01-25', 85, 'personal', 1],
    ['2026-01-31', 85, 'personal', 1],
    ['2026-02-01', 83, 'catalogue', 3],
  ])('on %s it is %p (%s, version %p)', (at, value, source, version) => {
    for (const order of [limits, [...limits].reverse()]) {
      expect(limitInForce(range, plan({ limits: order }), day(at))).toEqual({
        ...{ parameter: 'limit', unit: '%', value, source, version },
        ...(source === 'personal' ? { ownerId: 7 } : {}),
      });
    }
  });
});

describe('a proposed personal limit', () => {
  const proposed = { parameter: 'limit', value: 85, reason: 'lower tolerance', validFrom: day('2026-01-10'), validTo: null };
  test.each([
    [83, true, null],
    [88, true, null],
    [82.9, false, 'needs-two-persons'],
    [80, false, 'needs-two-persons'],
    [79.9, false, 'outside-range'],
    [88.1, false, 'outside-range'],
    [Number.NaN, false, 'not-a-number'],
  ])('of %p: accepted %p (%p)', (value, accepted, refusal) => {
    const check = checkPersonalLimit([range], { ...proposed, value });
    expect(check.accepted ? [true, null] : [false, check.refusal]).toEqual([accepted, refusal]);
  });

  test('past the floor of a high limit is upward', () => {
    const high = { ...range, default: 131, min: 110, max: 150, safetyFloor: 131, lessSensitive: 'higher' as const };
    expect(checkPersonalLimit([high], { ...proposed, value: 131 })).toEqual({ accepted: true });
    expect(checkPersonalLimit([high], { ...proposed, value: 132 })).toMatchObject({ refusal: 'needs-two-persons' });
  });

  test('needs a reason, a parameter of the rule and an end after its beginning', () => {
    expect(checkPersonalLimit([range], { ...proposed, reason: '  ' })).toMatchObject({ refusal: 'no-reason' });
    expect(checkPersonalLimit([range], { ...proposed, parameter: 'target_low' })).toMatchObject({ refusal: 'unknown-parameter' });
    expect(checkPersonalLimit([], proposed)).toMatchObject({ refusal: 'unknown-parameter' });
    expect(checkPersonalLimit([range], { ...proposed, validTo: day('2026-01-10') })).toMatchObject({ refusal: 'ends-before-it-begins' });
  });

  test('is refused in words', () => {
    expect(checkPersonalLimit([{ ...range, max: 88.5 }], { ...proposed, value: 89 })).toMatchObject({
      reason: { nb: 'Grensen må ligge mellom 80 og 88,5 (%)', en: 'The limit must lie between 80 and 88.5 (%)' },
    });
  });
});

describe('programmes and their rules', () => {
  const enrolled = plan({
    enrolments: [
      { programme: 'hf', from: day('2026-01-05'), to: null },
      { programme: 'copd', from: day('2026-01-01'), to: day('2026-01-10') },
    ],
  });
  test.each([
    ['2025-12-31', []],
    ['2026-01-01', ['copd']],
    ['2026-01-05', ['copd', 'hf']],
    ['2026-01-10', ['hf']],
  ])('on %s: %p', (at, programmes) => {
    expect(programmesInForce(enrolled, day(at))).toEqual(programmes);
  });

  test('general limits give way to those of COPD and heart failure', () => {
    const catalogue = [
      { id: 'copd' as const, rules: ['copd.spo2.critical', 'gen.sbp.low'] },
      { id: 'hf' as const, rules: ['gen.spo2.low', 'hf.sbp.low'] },
    ];
    expect([...rulesFor(['copd'], catalogue)]).toEqual(['copd.spo2.critical', 'gen.sbp.low']);
    expect([...rulesFor(['hf'], catalogue)]).toEqual(['gen.spo2.low', 'hf.sbp.low']);
    expect([...rulesFor(['copd', 'hf'], catalogue)]).toEqual(['copd.spo2.critical', 'hf.sbp.low']);
    expect([...rulesFor([], catalogue)]).toEqual([]);
  });
});
