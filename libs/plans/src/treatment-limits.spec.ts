import {
  faultsOfTreatmentLimits,
  nextTreatmentLimitsChangeAt,
  treatmentLimitsAt,
  treatmentLimitsEnded,
  treatmentLimitsTasks,
  type RoutedLimits,
} from './treatment-limits.js';

const NOW = new Date('2026-11-23T12:00:00+01:00');
const day = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000);
const limits = (version: number, given: Partial<RoutedLimits> = {}): RoutedLimits => ({
  fromSeverity: 'red',
  unitId: 9,
  unitName: 'Palliativt team',
  validFrom: day(-30),
  validTo: null,
  reviewBy: day(60),
  endedByPersonId: null,
  version,
  ...given,
});
const keys = (versions: readonly RoutedLimits[], at = NOW): string[] =>
  [...treatmentLimitsTasks(versions, 'Europe/Oslo', at), treatmentLimitsEnded(versions, 'Europe/Oslo', at)].flatMap(
    (task) => task?.key ?? [],
  );

describe('treatment limits', () => {
  test('the newest version in force counts, and one with an end lies over the standing one', () => {
    const versions = [limits(1), limits(2, { validFrom: day(-3), validTo: day(3) })];
    expect([day(-31), day(-5), NOW, day(3)].map((at) => treatmentLimitsAt(versions, at.getTime())?.version ?? null)).toEqual([
      ...[null, 1, 2, 1],
    ]);
  });

  test.each<[string, readonly RoutedLimits[], readonly string[]]>([
    ['none', [], []],
    ['in force', [limits(1)], []],
    ['to be reviewed', [limits(1, { reviewBy: NOW })], ['treatment-limits-outdated:1']],
    ['outdated, and replaced since', [limits(1, { reviewBy: day(-2), validTo: day(-1) }), limits(2, { validFrom: day(-1) })], []],
    ['two weeks before they end', [limits(1, { validTo: day(14) })], ['treatment-limits-ending:1']],
    ['longer before', [limits(1, { validTo: day(15) })], []],
    ['ending, with others after them', [limits(1, { validTo: day(2) }), limits(2, { validFrom: day(2) })], []],
    ['ending, with the standing ones under them', [limits(1), limits(2, { validTo: day(2) })], []],
    ['run out', [limits(1, { validTo: NOW })], ['treatment-limits-ended:1']],
    [
      ...(['run out after others over them that a person ended'] as const),
      [limits(1, { validTo: day(-1) }), limits(2, { validTo: day(-3), endedByPersonId: 5 })],
      ['treatment-limits-ended:1'],
    ],
    [
      ...(['ended by a person after those under them had run out'] as const),
      [limits(1, { validTo: day(-3) }), limits(2, { validTo: day(-1), endedByPersonId: 5 })],
      [],
    ],
    ['run out six days ago', [limits(1, { validTo: day(-6) })], []],
    ['ended by a person', [limits(1, { validTo: day(-1), endedByPersonId: 5 })], []],
    [
      'run out, with others that begin later',
      [limits(1, { validTo: day(-1) }), limits(2, { validFrom: day(1) })],
      ['treatment-limits-ended:1'],
    ],
  ])('tasks of the physician: %s', (_name, versions, expected) => {
    expect(keys(versions)).toEqual(expected);
  });

  test('the task says since when, in both languages', () => {
    expect(treatmentLimitsEnded([limits(3, { validTo: day(-1) })], 'Europe/Oslo', NOW)).toMatchObject({
      forRole: 'physician',
      reason: {
        nb: 'Behandlingsbegrensningene (versjon 3) gikk ut søndag 22. november 2026 kl. 12.00; forløpet gjelder igjen',
        en: "The treatment limits (version 3) ended on Sunday 22 November 2026 at 12:00; the pathway's route applies again",
      },
    });
  });

  test('at every moment at which a task comes or goes by the clock, somebody looks', () => {
    const versions = [limits(1, { validFrom: day(1), validTo: day(40), reviewBy: day(20) })];
    const moments: Date[] = [];
    for (let at = nextTreatmentLimitsChangeAt(versions, NOW); at !== null; at = nextTreatmentLimitsChangeAt(versions, at)) moments.push(at);
    expect(moments).toEqual([day(1), day(20), day(26), day(40)]);
    expect(moments.map((at) => keys(versions, at))).toEqual([
      [],
      ['treatment-limits-outdated:1'],
      ['treatment-limits-outdated:1', 'treatment-limits-ending:1'],
      ['treatment-limits-ended:1'],
    ]);
  });

  test('say what is decided, whom to call and why, and when they are gone through again', () => {
    const proposed = { ...limits(1), decision: 'No admission.', contact: '900 00 000', reason: 'her wish', validFrom: NOW };
    const faults = (given: object): string[] => faultsOfTreatmentLimits({ ...proposed, ...given }).map(({ en }) => en);
    expect(faults({})).toEqual([]);
    expect(faults({ decision: ' ', contact: '', reason: ' ' })).toEqual(['say what is decided', 'say whom to call', 'a reason is needed']);
    expect(faults({ validTo: NOW })).toEqual(['they end before they begin']);
    expect(faults({ reviewBy: NOW })).toEqual(['they are reviewed after they begin, and within a year']);
    expect(faults({ reviewBy: day(366) })).toEqual([]);
    expect(faults({ reviewBy: day(367) })).toEqual(['they are reviewed after they begin, and within a year']);
  });
});
