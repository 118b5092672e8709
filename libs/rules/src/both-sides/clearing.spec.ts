import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { holds, type Op } from '../../../../test/both-sides/limit.js';
import { judged, medianAgo, type Scenario, type Value } from '../../../../test/both-sides/patient.js';
import { METRIC_OF_MEASURE } from '../measure.js';
import { readNews2Chart } from '../news2/read-chart.js';
import { readCatalogue } from '../read-catalogue.js';

// A rule that stands, and readings at both sides of what clears it: as many as the file asks for, and one fewer.
interface Clear {
  readonly kind: string;
  readonly measure: string;
  readonly op: Op;
  readonly limit?: number | string;
  readonly delta?: number;
  readonly readings: number;
}
interface Row {
  readonly id: string;
  readonly programmes: readonly Programme[];
  readonly clear: Clear;
  readonly params: Readonly<Record<string, { readonly default: number }>>;
}
const json = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, '../catalogue', name), 'utf8'));
const file = json('rules-catalogue.json') as { rules: readonly Row[] };
const catalogue = { ...readCatalogue(file), news2: readNews2Chart(json('news2.json')) };

const USUAL: Partial<Record<Metric, number>> = { spo2: 95, pulse: 70, 'cat-score': 15, 'mmrc-grade': 2, 'exact-score': 40 };
/** Patients in whom what the clear condition compares comes to a number; values so many readings in a row. */
const PATIENTS: Readonly<Record<string, (metric: Metric, value: number, hours: readonly number[]) => Scenario>> = {
  threshold: (metric, value, hours) => ({ values: hours.map((h): Value => [metric, value, h]) }),
  baseline_delta: (metric, value, hours) => ({
    baseline: { [metric]: USUAL[metric] },
    values: hours.map((h): Value => [metric, (USUAL[metric] ?? Number.NaN) + value, h]),
  }),
  window_gain: (metric, value, hours) => ({ values: [[metric, 80, -30], ...hours.map((h): Value => [metric, 80 + value, h])] }),
  window_loss: (metric, value, hours) => ({ values: [[metric, 80, -30], ...hours.map((h): Value => [metric, 80 - value, h])] }),
  window_gain_at: (metric, value, hours) => ({ values: [[metric, 80, -168], ...hours.map((h): Value => [metric, 80 + value, h])] }),
  reference_delta: (metric, value, hours) => ({
    references: { 'dry-weight': 80 },
    values: hours.map((h): Value => [metric, 80 + value, h]),
  }),
  median_shift: (metric, value, hours) => ({
    medians: Array.from({ length: 25 }, (_, day) => medianAgo(metric, day + 3, 80)),
    values: [[metric, 80 + value, -27], ...hours.map((h): Value => [metric, 80 + value, h])],
  }),
};

const cases = file.rules
  .filter(({ id, clear }) => PATIENTS[clear.kind] !== undefined && id !== 'copd.exact.event')
  .flatMap(({ id, programmes, clear, params }) => {
    const given = clear.limit ?? clear.delta ?? Number.NaN;
    const limit = typeof given === 'string' ? (params[given.slice(1)]?.default ?? Number.NaN) : given;
    return [limit - 0.1, limit, limit + 0.1].flatMap((exact) => {
      const value = Number(exact.toFixed(4));
      return [clear.readings - 1, clear.readings].map((readings) => ({
        id,
        programme: programmes[0] as Programme,
        clear,
        limit,
        value,
        readings,
      }));
    });
  })
  .filter(({ readings }) => readings > 0)
  .map((each) => [`${each.id}: ${each.readings} at ${each.value} (${each.clear.op} ${each.limit})`, each] as const);

test.each(cases)('%s', (_name, { id, programme, clear, limit, value, readings }) => {
  const hours = Array.from({ length: readings }, (_, index) => -0.8 + index / 4);
  const metric = METRIC_OF_MEASURE[clear.measure] as Metric;
  const patient = PATIENTS[clear.kind]?.(metric, value, hours) ?? {};
  const since = new Date(Date.parse('2026-03-18T11:00:00Z') - 26 * 3_600_000);
  const { cleared } = judged(catalogue, patient, { programme, ruleId: id, standing: [{ ruleId: id, since }], fromH: -0.9 });
  expect(cleared.some(({ ruleId }) => ruleId === id)).toBe(readings === clear.readings && holds(value, clear.op, limit));
});

test('every clear condition of a number is here', () => {
  const others = [
    'manual',
    'measurement_received',
    'next_valid_reading',
    'symptom_pattern_absent',
    'news2_class_below',
    'next_protocol_below',
  ];
  const left = file.rules.filter(({ clear }) => PATIENTS[clear.kind] === undefined && !others.includes(clear.kind)).map(({ id }) => id);
  // These three are made of several measurements: several-measurements.spec.ts.
  expect(left).toEqual(['copd.oximetry_score', 'copd.rome.moderate', 'htn.severe']);
});
