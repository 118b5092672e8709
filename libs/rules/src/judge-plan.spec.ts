import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localDayNumber, type CarePlan, type Enrolment, type PersonalLimit, type Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { DailyMedian, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import { readCatalogue } from './read-catalogue.js';

const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const EIGHT_MS = Date.parse('2026-01-15T07:00:00Z');
const DAY = 1440;
const at = (minutes: number): Date => new Date(EIGHT_MS + minutes * 60_000);
const value = (metric: Metric, amount: number, minutes: number, over: Partial<RuleReading> = {}): RuleReading => ({
  measurementId: 1_000_000 + minutes,
  metric,
  value: amount,
  observedAt: at(minutes),
  receivedAt: at(minutes),
  doubt: null,
  ...over,
});
const follows = (programme: Programme, fromDay = -100, toDay: number | null = null): Enrolment => ({
  programme,
  from: at(fromDay * DAY),
  to: toDay === null ? null : at(toDay * DAY),
});
const limit = (ruleId: string, parameter: string, amount: number, over: Partial<PersonalLimit> = {}): PersonalLimit => ({
  id: 1,
  ruleId,
  parameter,
  value: amount,
  reason: 'agreed',
  setByPersonId: 1,
  setAt: at(-50 * DAY),
  validFrom: at(-50 * DAY),
  validTo: null,
  version: 4,
  ...over,
});
const days = (median: number, count: number, over: { firstBack?: number; readings?: number } = {}): DailyMedian[] =>
  Array.from({ length: count }, (_, back) => ({
    metric: 'spo2' as const,
    day: localDayNumber('Europe/Oslo', EIGHT_MS) - (over.firstBack ?? 3) - back,
    median,
    highest: median,
    readings: over.readings ?? 2,
  }));

interface Given {
  readonly enrolments?: readonly Enrolment[];
  readonly limits?: readonly PersonalLimit[];
  readonly baseline?: readonly DailyMedian[];
  readonly nowMin?: number;
}
function findings(readings: readonly RuleReading[], given: Given = {}): readonly Finding[] {
  const { enrolments = [follows('copd')], limits = [], baseline = [], nowMin = 0 } = given;
  const plan: CarePlan = {
    patientId: 1,
    zone: 'Europe/Oslo',
    enrolments,
    limits,
    unitLimits: [],
    references: [],
    pauses: [],
    schedule: [],
  };
  return judge({
    catalogue,
    plan,
    window: { readings, refused: [], dailyMedians: baseline, answers: [], lastObserved: [] },
    unlookedFrom: at(-10 * DAY),
    openEpisodes: [],
    standing: [],
    recorded: [],
    now: at(nowMin),
  }).findings.filter(({ result }) => result !== 'not_evaluable');
}
const ruleIds = (...args: Parameters<typeof findings>): string[] => findings(...args).map(({ ruleId }) => ruleId);
const one = (ruleId: string, ...args: Parameters<typeof findings>): Finding => {
  const [found] = findings(...args).filter((finding) => finding.ruleId === ruleId);
  if (found === undefined) throw new Error(`${ruleId} said nothing`);
  return found;
};

describe('which rules run', () => {
  const low = [value('spo2', 84, 0), value('systolic', 85, 0)];
  test.each<[readonly Programme[], string[]]>([
    [['copd'], ['copd.spo2.below_target', 'gen.sbp.low', 'gen.sbp.very_low']],
    [['hf'], ['gen.spo2.low', 'gen.spo2.very_low']],
    [['copd', 'hf'], ['copd.spo2.below_target']],
    [
      ['dm', 'frail'],
      ['gen.sbp.low', 'gen.sbp.very_low', 'gen.spo2.low', 'gen.spo2.very_low'],
    ],
    [[], []],
  ])('for %p', (programmes, expected) => {
    expect(ruleIds(low, { enrolments: programmes.map((programme) => follows(programme)) })).toEqual(expected);
  });

  test('follow the programme at the time of the reading', () => {
    const enrolments = [follows('copd', -100, -1), follows('dm', -1)];
    const readings = [value('spo2', 83, -2 * DAY), value('spo2', 83, 0)];
    expect(
      findings(readings, { enrolments }).map(({ ruleId, result, at: when }) => `${ruleId} ${result} ${when.toISOString().slice(0, 10)}`),
    ).toEqual([
      'copd.spo2.below_target fire_unconfirmed 2026-01-13',
      'copd.spo2.critical fire 2026-01-13',
      'gen.spo2.low pending 2026-01-15',
      'gen.spo2.reduced fire 2026-01-15',
      'gen.spo2.very_low fire 2026-01-15',
    ]);
  });
});

describe('whose limit', () => {
  test('a personal limit wins, and the finding keeps it', () => {
    const limits = [limit('copd.spo2.below_target', 'target_low', 90)];
    expect(one('copd.spo2.below_target', [value('spo2', 89.9, 0)], { limits }).limits).toEqual([
      { parameter: 'target_low', value: 90, unit: '%', source: 'personal', version: 4, ownerId: expect.any(Number) as number },
    ]);
    expect(ruleIds([value('spo2', 90, 0)], { limits })).toEqual([]);
    expect(one('copd.spo2.below_target', [value('spo2', 87, 0)]).limits).toEqual([
      { parameter: 'target_low', value: 88, unit: '%', source: 'catalogue', version: 1 },
    ]);
  });

  test('each reading is judged by the limit of its own time', () => {
    const limits = [limit('copd.spo2.below_target', 'target_low', 90, { validFrom: at(-DAY) })];
    const readings = [value('spo2', 89, -2 * DAY), value('spo2', 89, 0)];
    expect(findings(readings, { limits }).map(({ anchor }) => anchor)).toEqual(['m:1000000']);
  });

  test('a personal fall from the baseline', () => {
    const given = { baseline: days(92, 28), limits: [limit('copd.spo2.drop', 'drop', 2)] };
    expect(ruleIds([value('spo2', 90, 0)], given)).toEqual(['copd.spo2.drop']);
    expect(ruleIds([value('spo2', 90, 0)], { ...given, limits: [] })).toEqual([]);
  });

  test('a temporary limit ends by itself: what is measured after it is judged by what applied before', () => {
    const limits = [limit('copd.spo2.below_target', 'target_low', 90, { validFrom: at(-3 * DAY), validTo: at(-DAY) })];
    const during = findings([value('spo2', 89, -2 * DAY)], { limits, nowMin: -2 * DAY });
    expect(during.map(({ ruleId }) => ruleId)).toContain('copd.spo2.below_target');
    expect(ruleIds([value('spo2', 89, 0)], { limits })).not.toContain('copd.spo2.below_target');
  });

  test('a value that meets the rule does not clear it, though a moved limit overlaps the clear condition', () => {
    const readings = [value('spo2', 88, 0), value('spo2', 88, 10), value('spo2', 88, 20)];
    const given = { limits: [limit('copd.spo2.critical', 'limit', 88)], nowMin: 20 };
    expect(ruleIds(readings, given)).toEqual(['copd.spo2.critical', 'copd.spo2.critical', 'copd.spo2.critical']);
  });

  test('fixed limits of a rule are kept too', () => {
    expect(one('hf.pulse', [value('pulse', 39, 0)], { enrolments: [follows('hf')] }).limits).toEqual([
      { parameter: 'pulse <', value: 40, unit: '/min', source: 'catalogue', version: 1 },
    ]);
  });
});

describe('superseded findings', () => {
  test('are recorded beside the graver one on the same anchor', () => {
    const all = findings([value('spo2', 82, 0)], { baseline: days(94, 28) });
    expect(all.map(({ ruleId, result, superseded }) => [ruleId, result, superseded])).toEqual([
      ['copd.spo2.below_target', 'pending', true],
      ['copd.spo2.critical', 'fire', false],
      ['copd.spo2.drop', 'pending', true],
      ['copd.spo2.drop_large', 'pending', true],
    ]);
  });

  test('a graver rule that still waits silences nothing', () => {
    const all = findings([value('temperature', 39.2, 0)], { nowMin: 10 });
    expect(all.map(({ ruleId, result, superseded }) => [ruleId, result, superseded])).toEqual([
      ['gen.temp.high', 'fire', false],
      ['gen.temp.very_high', 'pending', false],
    ]);
  });
});

describe('personal baseline', () => {
  const drop = (baseline: readonly DailyMedian[]): string[] =>
    ruleIds([value('spo2', 88, 0)], { baseline }).filter((id) => id === 'copd.spo2.drop');
  test.each<[string, readonly DailyMedian[], boolean]>([
    ['7 days with 2 readings', days(92, 7), true],
    ['6 days with 2 readings', days(92, 6), false],
    ['7 days with 1 reading', days(92, 7, { readings: 1 }), false],
    ['10 days with 1 reading', days(92, 10, { readings: 1 }), true],
    ['7 days, the newest 2 days ago', days(92, 7, { firstBack: 2 }), false],
    ['7 days, the oldest 30 days ago', days(92, 7, { firstBack: 24 }), true],
    ['7 days, the oldest 31 days ago', days(92, 7, { firstBack: 25 }), false],
    ['the middle of 91 and 92, unrounded', [...days(91, 5), ...days(91, 5, { firstBack: 8 })], true],
    ['low days in half of it', [...days(95, 5), ...days(80, 4, { firstBack: 10 })], true],
    ['low days in more than half of it', [...days(95, 4), ...days(80, 5, { firstBack: 10 })], false],
  ])('%s', (_name, baseline, fires) => {
    expect(drop(baseline)).toEqual(fires ? ['copd.spo2.drop'] : []);
  });

  test('before there is one: not evaluable, said once a day, and absolute rules run', () => {
    const plan: CarePlan = {
      patientId: 1,
      zone: 'Europe/Oslo',
      enrolments: [follows('copd')],
      limits: [],
      unitLimits: [],
      references: [],
      pauses: [],
      schedule: [],
    };
    const readings = [value('spo2', 92, -DAY), value('spo2', 92, 0), value('spo2', 83, 60)];
    const all = judge({
      catalogue,
      plan,
      window: { readings, refused: [], dailyMedians: days(92, 3), answers: [], lastObserved: [] },
      unlookedFrom: at(-10 * DAY),
      openEpisodes: [],
      standing: [],
      recorded: [],
      now: at(60),
    }).findings;
    expect(
      all.filter(({ ruleId }) => ruleId === 'copd.spo2.drop').map(({ result, anchor, severity }) => [result, anchor, severity]),
    ).toEqual([
      ['not_evaluable', 'd:2026-01-14', 'info'],
      ['not_evaluable', 'd:2026-01-15', 'info'],
    ]);
    expect(all.map(({ ruleId }) => ruleId)).toContain('copd.spo2.critical');
  });

  test.each([
    [88, 87, 87, 'yellow'],
    [89, 87, 87, 'red'],
    [88, 87, 86, 'red'],
    [88.5, 87, 87, 'yellow'],
  ])('below target with a baseline of %p: %p and %p is %s', (median, first, second, severity) => {
    const readings = [value('spo2', first, 0), value('spo2', second, 10)];
    expect(one('copd.spo2.below_target', readings, { baseline: days(median, 28), nowMin: 10 }).severity).toBe(severity);
  });
});

describe('the reason in words', () => {
  test('threshold', () => {
    expect(one('copd.spo2.critical', [value('spo2', 82, 0)]).reason).toEqual({
      nb: 'Oksygenmetning 82 % er 83 % eller lavere (standardgrense for KOLS).',
      en: 'Oxygen saturation 82% is 83% or lower (default limit for COPD).',
    });
  });

  test('personal limit, pending', () => {
    const limits = [limit('copd.spo2.below_target', 'target_low', 90.5)];
    expect(one('copd.spo2.below_target', [value('spo2', 89, 0)], { limits }).reason).toEqual({
      nb: 'Oksygenmetning 89 % er under 90,5 % (personlig grense, versjon 4). Ny måling er ønsket innen 30 min.',
      en: 'Oxygen saturation 89% is below 90.5% (personal limit, version 4). A new reading is wanted within 30 min.',
    });
  });

  test('baseline, confirmed', () => {
    const readings = [value('spo2', 89, 0), value('spo2', 88, 10)];
    expect(one('copd.spo2.drop', readings, { baseline: days(92.5, 28), nowMin: 10 }).reason).toEqual({
      nb: 'Oksygenmetning 89 % er 3,5 prosentpoeng under personlig utgangsverdi 92,5 % (3 prosentpoeng eller mer, standardgrense for KOLS). Bekreftet av ny måling, 88 %.',
      en: 'Oxygen saturation 89% is 3.5 percentage points below the personal baseline of 92.5% (3 percentage points or more, default limit for COPD). Confirmed by a new reading, 88%.',
    });
  });

  test('two pressures, the mean of two repeats', () => {
    const cuff = (systolic: number, diastolic: number, minutes: number): RuleReading[] => [
      value('systolic', systolic, minutes),
      value('diastolic', diastolic, minutes),
    ];
    const finding = one('htn.severe', [...cuff(184, 112, 0), ...cuff(182, 96, 6), ...cuff(179, 95, 8)], { nowMin: 8 });
    expect(finding.reason).toEqual({
      nb: 'Overtrykk 184 mmHg er 180 mmHg eller høyere (generell standardgrense); Undertrykk 112 mmHg er 110 mmHg eller høyere (generell standardgrense). Bekreftet av snittet av de to siste målingene, 180,5 mmHg, 95,5 mmHg.',
      en: 'Systolic pressure 184 mmHg is 180 mmHg or higher (general default limit); Diastolic pressure 112 mmHg is 110 mmHg or higher (general default limit). Confirmed by the mean of the last two readings, 180.5 mmHg, 95.5 mmHg.',
    });
    expect(finding.readingIds).toEqual([1_000_000, 1_000_006, 1_000_008]);
  });

  test('weight gain, and what it was counted from', () => {
    const finding = one('hf.weight.gain_3d', [value('weight', 80, -2 * DAY), value('weight', 82.1, 0)], { enrolments: [follows('hf')] });
    expect(finding.reason).toEqual({
      nb: 'Vekt 82,1 kg er 2,1 kg mer enn laveste vekt de siste 3 dagene, 80,0 kg (over 2,0 kg, standardgrense for hjertesvikt).',
      en: 'Weight 82.1 kg is 2.1 kg more than the lowest weight of the last 3 days, 80.0 kg (above 2.0 kg, default limit for heart failure).',
    });
    expect(finding.readingIds).toEqual([1_000_000, 1_000_000 - 2 * DAY]);
  });

  test('doubt, age, and a re-measure that did not confirm or never came', () => {
    const late = { receivedAt: at(150), doubt: 'device-questionable' };
    expect(one('copd.spo2.critical', [value('spo2', 82, 0, late)], { nowMin: 150 }).reason.nb).toBe(
      'Oksygenmetning 82 % er 83 % eller lavere (standardgrense for KOLS). Ikke bekreftet: ingen ny måling innen 15 min. ' +
        'Usikker måling: apparatet er selv usikkert på verdien. Målt 3 timer før den kom fram.',
    );
    expect(one('copd.spo2.below_target', [value('spo2', 87, 0), value('spo2', 92, 9)], { nowMin: 9 }).reason.en).toBe(
      'Oxygen saturation 87% is below 88% (default limit for COPD). Not confirmed by a new reading, 92%.',
    );
  });

  test('two days', () => {
    const readings = [value('spo2', 93, -DAY), value('spo2', 92, 0)];
    const finding = one('gen.spo2.reduced', readings, { enrolments: [follows('dm')] });
    expect(finding.reason.nb).toBe('Oksygenmetning 92 % er 93 % eller lavere (generell standardgrense), 2 målte dager på rad.');
    expect(finding.readingIds).toEqual([1_000_000, 1_000_000 - DAY]);
  });
});
