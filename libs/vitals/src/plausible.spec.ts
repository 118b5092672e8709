import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { METRICS, type Metric } from './metric.js';
import { PLAUSIBLE, checkPressures, plausibility, type Plausibility } from './plausible.js';
import { REASONS } from './reason.js';
import { toCanonical, unitsOf } from './unit.js';

const METRIC_NAMES = Object.keys(METRICS) as Metric[];
const said = (judged: Plausibility): string => (judged.verdict === 'accepted' ? 'accepted' : `${judged.verdict} ${judged.reason}`);

describe('the edges of every limit', () => {
  const hair = (metric: Metric): number => (PLAUSIBLE[metric].whole ? 1 : 0.001);

  test.each(METRIC_NAMES)('%s is refused just outside, kept on the edge', (metric) => {
    const { refuseBelow, refuseAbove } = PLAUSIBLE[metric];
    expect(plausibility(metric, refuseBelow).verdict).not.toBe('refused');
    expect(plausibility(metric, refuseBelow - hair(metric)).verdict).toBe('refused');
    expect(plausibility(metric, refuseAbove + hair(metric)).verdict).toBe('refused');
    // Glucose from 40 up is quarantined as mg/dL before it gets there.
    if (metric !== 'glucose') expect(plausibility(metric, refuseAbove).verdict).not.toBe('refused');
  });

  test.each(METRIC_NAMES)('%s is doubtful just beyond, accepted on the edge', (metric) => {
    const { doubtBelow, doubtAbove } = PLAUSIBLE[metric];
    if (doubtBelow !== null) {
      expect(said(plausibility(metric, doubtBelow))).toBe('accepted');
      expect(said(plausibility(metric, doubtBelow - 0.001))).toBe('doubtful unusually-low');
    }
    if (doubtAbove !== null) {
      expect(said(plausibility(metric, doubtAbove))).toBe('accepted');
      expect(said(plausibility(metric, doubtAbove + 0.001))).toBe('doubtful unusually-high');
    }
  });

  test.each(METRIC_NAMES)('%s that is no number is refused', (metric) => {
    for (const value of [NaN, Infinity, -Infinity]) expect(said(plausibility(metric, value))).toBe('refused not-a-number');
  });
});

test.each<[Metric, number, string, number | null]>([
  ['spo2', 84, 'accepted', null],
  ['spo2', 0, 'refused below-possible', null],
  ['spo2', 0.97, 'refused looks-like-fraction', 97],
  ['spo2', 1, 'refused looks-like-fraction', 100],
  ['spo2', 1.01, 'refused below-possible', null],
  ['temperature', 76.9, 'refused above-possible', null],
  ['temperature', 77, 'refused looks-like-fahrenheit', 25],
  ['temperature', 98.6, 'refused looks-like-fahrenheit', 37],
  ['temperature', 113, 'refused looks-like-fahrenheit', 45],
  ['temperature', 113.1, 'refused above-possible', null],
  ['glucose', 40, 'doubtful unusually-high', null],
  ['glucose', 40.1, 'refused looks-like-mg-per-dl', 2.2258],
  ['glucose', 60, 'refused looks-like-mg-per-dl', 3.3304],
  ['glucose', 3_000_000, 'refused above-possible', null],
  ['cat-score', 12.5, 'refused not-a-whole-number', null],
  ['news2-score', 7, 'accepted', null],
])('%s %p is %s, otherwise %p', (metric, value, expected, otherwise) => {
  const judged = plausibility(metric, value);
  expect(said(judged)).toBe(expected);
  expect(judged.verdict === 'accepted' ? null : judged.otherwise).toBe(otherwise);
});

describe('pressures of one act', () => {
  const verdicts = (systolic: number | null, diastolic: number | null, map: number | null = null): string[] =>
    checkPressures({ systolic, diastolic, map }).map(({ metric, plausibility: judged }) => `${metric} ${said(judged)}`);

  test.each<[string, Parameters<typeof verdicts>, string[]]>([
    ['ordinary', [128, 81, 97], []],
    ['no diastolic', [128, null, null], []],
    ['swapped', [81, 128, null], ['systolic refused swapped', 'diastolic refused swapped']],
    ['one apart the wrong way', [80, 81, null], ['systolic refused swapped', 'diastolic refused swapped']],
    ['equal', [80, 80, null], ['systolic refused systolic-equals-diastolic', 'diastolic refused systolic-equals-diastolic']],
    ['kPa', [18.9, 11, null], ['systolic refused looks-like-kpa', 'diastolic refused looks-like-kpa']],
    ['kPa, both edges', [40, 25, null], ['systolic refused looks-like-kpa', 'diastolic refused looks-like-kpa']],
    ['just no kPa', [41, 25, null], []],
    ['mean on the diastolic', [128, 81, 81], ['map refused map-not-between']],
    ['mean on the systolic', [128, 81, 128], ['map refused map-not-between']],
    ['pulse pressure 15', [95, 80, null], []],
    ['pulse pressure 14', [94, 80, null], ['systolic doubtful pulse-pressure', 'diastolic doubtful pulse-pressure']],
    ['pulse pressure 120', [200, 80, null], []],
    ['pulse pressure 121', [201, 80, null], ['systolic doubtful pulse-pressure', 'diastolic doubtful pulse-pressure']],
  ])('%s', (_name, pressures, expected) => {
    expect(verdicts(...pressures)).toEqual(expected);
  });

  test('a suspected kPa pair carries what it would be', () => {
    const [systolic, diastolic] = checkPressures({ systolic: 18.9, diastolic: 11, map: null });
    expect(systolic?.plausibility).toMatchObject({ otherwise: 141.7617 });
    expect(diastolic?.plausibility).toMatchObject({ otherwise: 82.5068 });
  });
});

describe('units', () => {
  test.each<[Metric, number, string, number]>([
    ['weight', 157, '[lb_av]', 71.214],
    ['weight', 70_500, 'g', 70.5],
    ['temperature', 98.6, '[degF]', 37],
    ['systolic', 18.9, 'kPa', 141.7617],
    ['glucose', 99, 'mg/dL', 5.4951],
    ['pef', 7.5, 'L/s', 450],
    ['height', 1.75, 'm', 175],
    ['height', 68, '[in_i]', 172.72],
    ['fev1', 2410, 'mL', 2.41],
    ['pulse', 66, '{beat}/min', 66],
  ])('%s %p %s is %p', (metric, value, unit, expected) => {
    expect(toCanonical(metric, value, unit)).toEqual({ ok: true, value: expected });
  });

  test.each<[Metric, string]>([
    ['weight', 'lb'],
    ['weight', 'constructor'],
    ['spo2', '1'],
    ['temperature', 'C'],
    ['systolic', ''],
  ])('%s in "%s" is not understood', (metric, unit) => {
    expect(toCanonical(metric, 70, unit)).toEqual({ ok: false, reason: 'unknown-unit', known: unitsOf(metric) });
  });

  test('the canonical unit comes first and changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...METRIC_NAMES), fc.double(), (metric, value) => {
        expect(unitsOf(metric)[0]).toBe(METRICS[metric].unit);
        expect(toCanonical(metric, value, METRICS[metric].unit)).toEqual({ ok: true, value });
      }),
    );
  });
});

test('any number has an answer, and every reason has words in both languages', () => {
  fc.assert(
    fc.property(fc.constantFrom(...METRIC_NAMES), fc.double(), (metric, value) => {
      const judged = plausibility(metric, value);
      if (judged.verdict !== 'accepted') expect(REASONS[judged.reason].nb.length).toBeGreaterThan(0);
      if (judged.verdict !== 'refused') expect(Number.isFinite(value)).toBe(true);
    }),
  );
});

const CATALOGUE = '../shared/clinical/rules-catalogue.json';
const whenCatalogue = existsSync(CATALOGUE) ? describe : describe.skip; // The catalogue is not part of the repository.

whenCatalogue('the limits are those of the catalogue', () => {
  interface Row {
    readonly measure: string;
    readonly reject: string;
    readonly confirm: string | null;
    readonly unit: string | null;
  }
  const rows: readonly Row[] = existsSync(CATALOGUE)
    ? (JSON.parse(readFileSync(CATALOGUE, 'utf8')) as { plausibility: Row[] }).plausibility
    : [];
  const metricOf: Record<string, Metric> = {
    spo2: 'spo2',
    pulse: 'pulse',
    respiratory_rate: 'respiratory-rate',
    sbp: 'systolic',
    dbp: 'diastolic',
  };
  const limit = (text: string | null, word: string): number | null => {
    const found = new RegExp(`${word} (\\d+(?:\\.\\d+)?)`).exec(text ?? '')?.[1];
    return found === undefined ? null : Number(found);
  };
  const ranged = rows.filter(({ reject }) => reject.startsWith('below'));

  test('eight measures have a range', () => expect(ranged).toHaveLength(8));

  test.each(ranged)('$measure', ({ measure, reject, confirm, unit }) => {
    const metric = metricOf[measure] ?? (measure as Metric);
    expect(METRICS[metric].unit).toBe(unit);
    const { refuseBelow, refuseAbove, doubtBelow, doubtAbove } = PLAUSIBLE[metric];
    expect([refuseBelow, refuseAbove]).toEqual([limit(reject, 'below'), limit(reject, 'above')]);
    expect([doubtBelow, doubtAbove]).toEqual([limit(confirm, 'below'), limit(confirm, 'above')]);
  });

  test('CAT', () => {
    expect(rows.find(({ measure }) => measure === 'cat_total')?.reject).toBe('not an integer 0-40');
    expect(PLAUSIBLE['cat-score']).toMatchObject({ refuseBelow: 0, refuseAbove: 40, whole: true });
  });
});
