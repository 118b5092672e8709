import { localDayNumber, type CarePlan, type Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import type { DailyMedian, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';
import { lateSeverity } from './late.js';

const EIGHT_MS = Date.parse('2026-01-15T07:00:00Z');
const DAY = 1440;
const at = (minutes: number): Date => new Date(EIGHT_MS + minutes * 60_000);

interface Extra {
  readonly id?: number;
  readonly doubt?: string;
  readonly receivedMin?: number;
}
// One value, so many minutes after eight in the morning; its act is numbered by the minute unless told otherwise.
const value = (metric: Metric, amount: number, minutes: number, extra: Extra = {}): RuleReading => ({
  measurementId: extra.id ?? 1_000_000 + minutes,
  metric,
  value: amount,
  observedAt: at(minutes),
  receivedAt: at(extra.receivedMin ?? minutes),
  doubt: extra.doubt ?? null,
});
const spo2 = (amount: number, minutes: number, extra?: Extra): RuleReading => value('spo2', amount, minutes, extra);
const weight = (amount: number, minutes: number, extra?: Extra): RuleReading => value('weight', amount, minutes, extra);
const planFor = (programmes: readonly Programme[]): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: programmes.map((programme) => ({ programme, from: at(-100 * DAY), to: null })),
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
});
const usual = (metric: Metric, median: number, days = 28): DailyMedian[] =>
  Array.from({ length: days }, (_, back) => ({
    metric,
    day: localDayNumber('Europe/Oslo', EIGHT_MS) - 3 - back,
    median,
    highest: median,
    readings: 1,
  }));

interface Given extends Partial<Omit<JudgeInput, 'now' | 'catalogue' | 'plan' | 'window'>> {
  readonly programmes?: readonly Programme[];
  readonly baseline?: readonly DailyMedian[];
  readonly nowMin?: number;
}
function judged(readings: readonly RuleReading[], given: Given = {}): Judgement {
  const { programmes = ['copd'], baseline = [], nowMin = 0, ...rest } = given;
  return judge({
    catalogue,
    plan: planFor(programmes),
    window: { readings, refused: [], dailyMedians: baseline, answers: [], lastObserved: [] },
    unlookedFrom: at(-90 * DAY),
    openEpisodes: [],
    standing: [],
    recorded: [],
    now: at(nowMin),
    ...rest,
  });
}
const said = ({ findings }: Judgement, ruleId: string): string[] =>
  findings.filter((finding) => finding.ruleId === ruleId).map(({ result, severity, anchor }) => `${result} ${severity} ${anchor}`);
const results = (judgement: Judgement, ruleId: string): string[] => said(judgement, ruleId).map((each) => each.split(' ')[0] as string);
const asRecorded = ({ findings }: Judgement): JudgeInput['recorded'] => findings;
describe('both sides of every limit', () => {
  test.each<[string, Programme, Metric, number, number, string]>([
    ['copd.spo2.critical', 'copd', 'spo2', 83, 83.1, 'fire critical'],
    ['copd.spo2.below_target', 'copd', 'spo2', 87.9, 88, 'pending red'],
    ['copd.spo2.drop', 'copd', 'spo2', 91, 91.1, 'pending yellow'],
    ['copd.spo2.drop_large', 'copd', 'spo2', 88, 88.1, 'pending red'],
    ['gen.spo2.very_low', 'dm', 'spo2', 85, 85.1, 'fire critical'],
    ['gen.spo2.low', 'dm', 'spo2', 91, 91.1, 'pending red'],
    ['gen.pulse.very_high', 'dm', 'pulse', 131, 130.9, 'pending red'],
    ['gen.pulse.high', 'dm', 'pulse', 111, 110.9, 'pending yellow'],
    ['gen.pulse.very_low', 'dm', 'pulse', 40, 40.1, 'pending red'],
    ['gen.sbp.very_low', 'dm', 'systolic', 90, 90.1, 'pending red'],
    ['gen.sbp.low', 'dm', 'systolic', 100, 100.1, 'pending yellow'],
    ['htn.severe', 'dm', 'systolic', 180, 179.9, 'pending red'],
    ['htn.severe', 'dm', 'diastolic', 110, 109.9, 'pending red'],
    ['hf.sbp.low', 'hf', 'systolic', 79.9, 80, 'pending red'],
    ['hf.sbp.high', 'hf', 'systolic', 170.1, 170, 'pending yellow'],
    ['hf.pulse', 'hf', 'pulse', 39.9, 40, 'pending red'],
    ['hf.pulse', 'hf', 'pulse', 110.1, 110, 'pending red'],
    ['gen.temp.high', 'dm', 'temperature', 38.1, 38.05, 'fire yellow'],
    ['gen.temp.very_high', 'dm', 'temperature', 39.1, 39.05, 'pending red'],
    ['gen.temp.very_low', 'dm', 'temperature', 35, 35.05, 'pending red'],
  ])('%s (%s): %s %p breaks it, %p does not', (...row) => {
    const [ruleId, programme, metric, breaks, keeps, expected] = row;
    const given: Given = { programmes: [programme], baseline: usual(metric, 94) };
    expect(said(judged([value(metric, breaks, 0)], given), ruleId)).toEqual([`${expected} m:1000000`]);
    expect(said(judged([value(metric, keeps, 0)], given), ruleId)).toEqual([]);
  });

  test.each([
    [82.1, 'fire'],
    [82.0001, 'fire'],
    [82, undefined],
  ])('hf.weight.gain_3d: 80 to %p', (newest, expected) => {
    const { findings } = judged([weight(80, -2 * DAY), weight(newest, 0)], { programmes: ['hf'], unlookedFrom: at(0) });
    expect(findings.find(({ ruleId }) => ruleId === 'hf.weight.gain_3d')?.result).toBe(expected);
  });

  test('gen.spo2.reduced: the newest of each of two measured days, however far apart', () => {
    const reduced = (readings: readonly RuleReading[]): string[] => results(judged(readings, { programmes: ['dm'] }), 'gen.spo2.reduced');
    expect(reduced([spo2(93, -3 * DAY), spo2(93, 0)])).toEqual(['fire']);
    expect(reduced([spo2(93, -3 * DAY), spo2(94, -3 * DAY + 60), spo2(93, 0)])).toEqual([]);
    expect(reduced([spo2(93, -60), spo2(93, 0)])).toEqual([]);
    expect(reduced([spo2(93, -DAY), spo2(93.1, 0)])).toEqual([]);
  });

  test('gen.spo2.reduced rests while the baseline is 93 or lower', () => {
    const readings = [spo2(93, -DAY), spo2(93, 0)];
    const given = (median: number): Given => ({ programmes: ['dm'], baseline: usual('spo2', median) });
    expect(results(judged(readings, given(93)), 'gen.spo2.reduced')).toEqual([]);
    expect(results(judged(readings, given(93.5)), 'gen.spo2.reduced')).toEqual(['fire']);
  });
});

describe('confirmation', () => {
  const low =
    (...readings: RuleReading[]): ((nowMin: number) => string[]) =>
    (nowMin) =>
      results(judged(readings, { nowMin }), 'copd.spo2.below_target');

  test('waits 30 minutes for a new reading, then fires unconfirmed', () => {
    const first = judged([spo2(87, 0)], { nowMin: 29 });
    expect(first.nextAt).toEqual(at(30));
    expect(first.findings.find(({ ruleId }) => ruleId === 'copd.spo2.below_target')).toMatchObject({
      result: 'pending',
      pendingUntil: at(30),
    });
    expect(low(spo2(87, 0))(29)).toEqual(['pending']);
    expect(low(spo2(87, 0))(30)).toEqual(['fire_unconfirmed']);
    expect(low(spo2(87, 0), spo2(92, 31))(31)).toEqual(['fire_unconfirmed']);
  });

  test('the next reading decides, at the end of the window too', () => {
    expect(low(spo2(87, 0), spo2(86, 30))(30)).toEqual(['fire']);
    expect(low(spo2(87, 0), spo2(88, 30))(30)).toEqual(['not_confirmed']);
    expect(low(spo2(87, 0), spo2(88, 10), spo2(86, 20))(20)).toEqual(['not_confirmed', 'pending']);
  });

  test('an hour for the milder rules', () => {
    const given: Given = { baseline: usual('spo2', 94), nowMin: 59 };
    expect(results(judged([spo2(91, 0)], given), 'copd.spo2.drop')).toEqual(['pending']);
    expect(results(judged([spo2(91, 0)], { ...given, nowMin: 60 }), 'copd.spo2.drop')).toEqual(['fire_unconfirmed']);
    expect(results(judged([spo2(91, 0), spo2(91, 45)], given), 'copd.spo2.drop')).toEqual(['fire']);
  });

  test('pressure is judged on the mean of the last two repeats', () => {
    const cuff = (...amounts: [number, number][]): string[] =>
      results(
        judged(
          amounts.map(([amount, minutes]) => value('systolic', amount, minutes)),
          { programmes: ['htn'], nowMin: 20 },
        ),
        'htn.severe',
      );
    expect(cuff([184, 0])).toEqual(['pending']);
    expect(cuff([184, 0], [182, 6])).toEqual(['fire']);
    expect(cuff([184, 0], [182, 6], [177, 7])).toEqual(['not_confirmed']);
    expect(cuff([184, 0], [182, 6], [178, 7])).toEqual(['fire']);
    expect(cuff([184, 0], [150, 6], [182, 7], [179, 9])).toEqual(['fire']);
    expect(cuff([184, 0], [170, 31])).toEqual(['pending']);
  });

  test('a weight that moved more than 2.5 kg in 36 hours waits for a second weighing the same day', () => {
    const gain = (readings: readonly RuleReading[], nowMin: number): string[] =>
      results(judged(readings, { programmes: ['hf'], nowMin, unlookedFrom: at(0) }), 'hf.weight.gain_3d');
    const moved = [weight(80, -DAY), weight(82.6, 0)];
    expect(gain([weight(80, -DAY), weight(82.5, 0)], 0)).toEqual(['fire']);
    // As stored, 61.9 to 64.4 is 2.5 and not a little more.
    expect(gain([weight(61.9, -DAY), weight(64.4, 0)], 0)).toEqual(['fire']);
    expect(gain([weight(80, -36 * 60), weight(82.6, 0)], 0)).toEqual(['pending']);
    expect(gain([weight(80, -36 * 60 - 1), weight(82.6, 0)], 0)).toEqual(['fire']);
    expect(gain(moved, 0)).toEqual(['pending']);
    expect(gain([...moved, weight(82.4, 60)], 60)).toEqual(['fire']);
    expect(gain([...moved, weight(80.4, 60)], 60)).toEqual(['not_confirmed']);
    expect(gain(moved, 16 * 60 - 1)).toEqual(['pending']);
    expect(gain(moved, 16 * 60)).toEqual(['fire_unconfirmed']);
    expect(gain([...moved, weight(80.4, 16 * 60)], 16 * 60)).toEqual(['fire_unconfirmed']);
  });
});

describe('doubt delays, it never deletes', () => {
  const doubt = 'device-questionable';
  const critical =
    (...readings: RuleReading[]): ((nowMin: number) => string[]) =>
    (nowMin) =>
      results(judged(readings, { nowMin }), 'copd.spo2.critical');

  test('a doubtful critical value gets 30 minutes, and fires when nothing comes', () => {
    expect(critical(spo2(82, 0, { doubt }))(0)).toEqual(['pending']);
    expect(critical(spo2(82, 0, { doubt }))(30)).toEqual(['fire_unconfirmed']);
    expect(critical(spo2(82, 0, { doubt }), spo2(82, 5, { doubt }))(5)).toEqual(['fire']);
    expect(critical(spo2(82, 0, { doubt }), spo2(92, 5))(5)).toEqual(['not_confirmed']);
    expect(critical(spo2(82, 0, { doubt }), spo2(92, 5, { doubt }))(5)).toEqual(['pending']);
  });

  test('a doubtful normal value does not clear', () => {
    const readings = [spo2(82, 0), spo2(92, 5, { doubt }), spo2(92, 10)];
    expect(judged(readings, { nowMin: 10 }).cleared).not.toContainEqual({ ruleId: 'copd.spo2.critical', at: at(10) });
    expect(judged([...readings, spo2(92, 15)], { nowMin: 15 }).cleared).toContainEqual({ ruleId: 'copd.spo2.critical', at: at(15) });
  });

  test('the mere size of a value holds back nothing that asks again anyway', () => {
    expect(critical(spo2(69, 0, { doubt: 'unusually-low' }))(0)).toEqual(['fire']);
  });

  test('a loss is counted from a doubtful weight only when there is no accepted one', () => {
    const loss = (readings: readonly RuleReading[], baseline: readonly DailyMedian[]): string[] =>
      results(judged(readings, { programmes: ['frail'], baseline, unlookedFrom: at(0) }), 'frail.weight_loss');
    const readings = [weight(95, -2 * DAY, { doubt }), weight(79, 0)];
    expect(loss(readings, [])).toEqual(['fire']);
    expect(loss(readings, usual('weight', 80))).toEqual([]);
    expect(loss([weight(95, -2 * DAY), weight(79, 0)], usual('weight', 80))).toEqual(['fire']);
  });

  test('a weight of another person neither fires the others nor is compared with', () => {
    const given: Given = { programmes: ['hf'], unlookedFrom: at(-DAY) };
    const readings = [weight(80, -2 * DAY), weight(68, -DAY), weight(80.5, 0)];
    const judgement = judged(readings, given);
    expect(results(judgement, 'gen.tech.other_person')).toEqual(['fire']);
    expect(results(judgement, 'hf.weight.gain_3d')).toEqual([]);
    expect(judgement.cleared).toContainEqual({ ruleId: 'gen.tech.other_person', at: at(0) });
    // A great real gain is asked again the same day, then told.
    expect(results(judged([weight(80, -DAY), weight(86, 0)], { ...given, unlookedFrom: at(0), nowMin: DAY }), 'hf.weight.gain_3d')).toEqual(
      ['fire_unconfirmed'],
    );
  });
});

describe('standing and clearing', () => {
  test('what meets a standing rule is a repeat at once, and two normal readings clear it', () => {
    const readings = [
      spo2(87, 0),
      spo2(87, 10),
      spo2(86, 600),
      spo2(90, 700),
      spo2(87, 800),
      spo2(88, 900),
      spo2(88, 1000),
      spo2(87, 1100),
    ];
    const judgement = judged(readings, { nowMin: 1100 });
    expect(said(judgement, 'copd.spo2.below_target')).toEqual([
      'fire red m:1000000',
      'fire red m:1000600',
      'fire red m:1000800',
      'pending red m:1001100',
    ]);
    expect(judgement.cleared).toEqual([{ ruleId: 'copd.spo2.below_target', at: at(1000) }]);
    expect(judged(readings.slice(0, 5), { nowMin: 800 }).standing).toMatchObject([{ ruleId: 'copd.spo2.below_target', since: at(800) }]);
  });

  test('hysteresis: better than the limit is not yet clear', () => {
    const readings = [value('temperature', 38.1, 0), value('temperature', 38, 60), value('temperature', 37.6, 120)];
    expect(judged(readings, { nowMin: 120 }).cleared).toEqual([]);
    const clear = [value('temperature', 37.5, 180), value('temperature', 37.4, 240)];
    expect(judged([...readings, ...clear], { nowMin: 240 }).cleared).toEqual([{ ruleId: 'gen.temp.high', at: at(240) }]);
  });

  test('a rule standing from before the window goes on standing', () => {
    const standing = [{ ruleId: 'copd.spo2.below_target', since: at(-10 * DAY) }];
    expect(said(judged([spo2(87, 0)], { standing }), 'copd.spo2.below_target')).toEqual(['fire red m:1000000']);
    const cleared = judged([spo2(89, 0), spo2(90, 60)], { standing, nowMin: 60 });
    expect(cleared.cleared).toEqual([{ ruleId: 'copd.spo2.below_target', at: at(60) }]);
    expect(cleared.standing).toEqual([]);
  });

  test('a rule that only a person clears is not cleared by readings', () => {
    const readings = [
      value('pulse', 120, 0),
      value('pulse', 121, 5),
      value('pulse', 70, 60),
      value('pulse', 70, 120),
      value('pulse', 70, 180),
    ];
    const judgement = judged(readings, { programmes: ['hf'], nowMin: 180 });
    expect(judgement.standing.map(({ ruleId }) => ruleId)).toEqual(['hf.pulse']);
    expect(judgement.cleared.map(({ ruleId }) => ruleId)).toEqual(['gen.pulse.high']);
  });
});

describe('what was recorded', () => {
  test('is not returned again', () => {
    const readings = [spo2(82, 0), spo2(87, 10)];
    const first = judged(readings, { nowMin: 10 });
    expect(first.findings.length).toBeGreaterThan(1);
    expect(judged(readings, { nowMin: 10, recorded: asRecorded(first) }).findings).toEqual([]);
  });

  test('two acts of the same instant are not taken for each other', () => {
    const readings = [spo2(88, 0, { id: 1 }), spo2(78, 0, { id: 2 })];
    const first = judged(readings, { nowMin: DAY });
    expect(said(first, 'copd.spo2.below_target')).toEqual(['fire_unconfirmed red m:2']);
    const openEpisodes: JudgeInput['openEpisodes'] = [{ severity: 'critical', domains: ['respiratory'], openedAt: at(0) }];
    const again = judged(readings, { nowMin: DAY, recorded: asRecorded(first), standing: first.standing, openEpisodes });
    expect([again.findings, again.standing]).toEqual([[], first.standing]);
  });

  test('a pending finding is settled by the clock alone', () => {
    const first = judged([spo2(87, 0)]);
    const second = judged([spo2(87, 0)], { nowMin: 30, recorded: asRecorded(first), unlookedFrom: null });
    expect(said(second, 'copd.spo2.below_target')).toEqual(['fire_unconfirmed red m:1000000']);
  });

  test('nothing is said anew of readings judged before', () => {
    const { findings } = judged([spo2(82, -DAY), spo2(92, 0)], { unlookedFrom: at(0) });
    expect(findings.map(({ ruleId, result }) => `${ruleId} ${result}`)).toEqual([
      'copd.oximetry_score not_evaluable',
      'copd.spo2.drop not_evaluable',
      'copd.spo2.drop_large not_evaluable',
    ]);
    expect(judged([spo2(82, -DAY)], { unlookedFrom: null }).findings).toEqual([]);
  });

  test('a fire is never taken back by a late reading, but may become confirmed', () => {
    const first = judged([spo2(87, 0)], { nowMin: 30 });
    const standing = [{ ruleId: 'copd.spo2.below_target', since: at(0) }];
    const then = { nowMin: 40, recorded: asRecorded(first), unlookedFrom: at(20) };
    const normal = judged([spo2(87, 0), spo2(92, 20, { receivedMin: 40 })], { ...then, standing });
    expect(said(normal, 'copd.spo2.below_target')).toEqual([]);
    expect(normal.standing).toMatchObject(standing);
    const low = judged([spo2(87, 0), spo2(86, 20, { receivedMin: 40 })], { ...then, standing });
    expect(said(low, 'copd.spo2.below_target')).toEqual(['fire red m:1000000']);
  });
});

describe('late data', () => {
  test('L1: a low value up to 2 h late fires as it is, though a newer one is better', () => {
    const judgement = judged([spo2(90, 60), spo2(82, 0, { receivedMin: 90 })], { nowMin: 90, unlookedFrom: at(0) });
    const critical = judgement.findings.find(({ ruleId }) => ruleId === 'copd.spo2.critical');
    expect(critical).toMatchObject({ result: 'fire', severity: 'critical' });
    expect(lateSeverity(critical as never)).toEqual({ severity: 'critical', note: null });
    expect(judgement.standing.map(({ ruleId }) => ruleId)).toContain('copd.spo2.critical');
  });

  test('L2: six hours late, critical becomes red with the age said', () => {
    const { findings } = judged([spo2(82, 0, { receivedMin: 360 })], { nowMin: 360 });
    const critical = findings.find(({ ruleId }) => ruleId === 'copd.spo2.critical');
    expect(critical?.reason.nb).toContain('Målt 6 timer før den kom fram.');
    expect(lateSeverity(critical as never)).toEqual({
      severity: 'red',
      note: { nb: 'Rød, ikke akutt: målt for 6 timer siden.', en: 'Red, not critical: measured 6 hours ago.' },
    });
  });

  test('L4: a late normal reading from before closes nothing', () => {
    const given: Given = { programmes: ['dm'], nowMin: 100, unlookedFrom: at(0) };
    const readings = [spo2(85, 60), spo2(93, 0, { receivedMin: 100 }), spo2(93, -10, { receivedMin: 100 })];
    expect(judged(readings, given).cleared).toEqual([]);
    expect(judged(readings, given).standing.map(({ ruleId }) => ruleId)).toContain('gen.spo2.very_low');
  });

  test('L5: the same stored measurement three times is one finding', () => {
    const once = judged([spo2(82, 0)]);
    expect(judged([spo2(82, 0), spo2(82, 0), spo2(82, 0)])).toEqual(once);
  });

  test('L7: the missing first day of a two-day rule arrives after the second', () => {
    const today = spo2(93, 0);
    const first = judged([today], { programmes: ['dm'] });
    expect(results(first, 'gen.spo2.reduced')).toEqual([]);
    const second = judged([today, spo2(93, -DAY, { receivedMin: 60 })], {
      programmes: ['dm'],
      nowMin: 60,
      unlookedFrom: at(-DAY),
      recorded: asRecorded(first),
    });
    expect(said(second, 'gen.spo2.reduced')).toEqual(['fire yellow m:1000000']);
    expect(lateSeverity(second.findings.find(({ ruleId }) => ruleId === 'gen.spo2.reduced') as never).severity).toBe('yellow');
  });

  test('L8: a late weight of two days ago makes the gain of today', () => {
    const today = weight(82.1, 0);
    const first = judged([today], { programmes: ['hf'] });
    expect(results(first, 'hf.weight.gain_3d')).toEqual(['not_evaluable']);
    const second = judged([today, weight(80, -2 * DAY, { receivedMin: 60 })], {
      programmes: ['hf'],
      nowMin: 60,
      unlookedFrom: at(-2 * DAY),
      recorded: asRecorded(first),
    });
    expect(said(second, 'hf.weight.gain_3d')).toContain('fire yellow m:1000000');
  });
});
