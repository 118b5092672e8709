import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAgainstHistory, suspectPulses } from './history.js';
import type { Metric } from './metric.js';
import { checkPressures, plausibility } from './plausible.js';

interface Row {
  readonly measure: string;
  readonly unit: string | null;
  readonly reject: string | null;
  readonly confirm: string | null;
  readonly units: string | null;
}
const file = JSON.parse(readFileSync(join(__dirname, '../../rules/src/catalogue/rules-catalogue.json'), 'utf8')) as {
  readonly plausibility: readonly Row[];
};
const rowOf = (measure: string): Row => {
  const row = file.plausibility.find((each) => each.measure === measure);
  if (row === undefined) throw new Error(`the table has no row ${measure}`);
  return row;
};

/** Whose limits the row is about, and which numbers its sentences name; those of `confirm` may follow others that are not limits. */
const METRIC: Readonly<Record<string, Metric>> = {
  spo2: 'spo2',
  pulse: 'pulse',
  respiratory_rate: 'respiratory-rate',
  sbp: 'systolic',
  dbp: 'diastolic',
  weight: 'weight',
  temperature: 'temperature',
  glucose: 'glucose',
  cat_total: 'cat-score',
  mmrc: 'mmrc-grade',
  dyspnoea_vas: 'dyspnoea-vas',
};

test('every row of the table is held by something here or in the rules', () => {
  expect(file.plausibility.map(({ measure }) => measure).sort()).toEqual([...Object.keys(METRIC), 'any'].sort());
});

const verdictOf = (metric: Metric, value: number): string => {
  const said = plausibility(metric, value);
  return said.verdict === 'accepted' ? 'accepted' : `${said.verdict} ${said.reason}`;
};
const below = (text: string | null): number | null => numberAfter(text, /(?:below|outside) ([\d.]+)/);
const above = (text: string | null): number | null => numberAfter(text, /above ([\d.]+)/);
const numberAfter = (text: string | null, pattern: RegExp): number | null => {
  const found = pattern.exec(text ?? '');
  return found?.[1] === undefined ? null : Number(found[1]);
};

describe.each(Object.entries(METRIC))('%s', (measure, metric) => {
  const { reject, confirm } = rowOf(measure);

  test(`rejects ${String(reject)}`, () => {
    const [low, high] = [below(reject), above(reject)];
    const range = /(?:integer|outside) (\d+)-(\d+)/.exec(reject ?? '');
    const [from, to] = range ? [Number(range[1]), Number(range[2])] : [low, high];
    expect(from).not.toBeNull();
    expect(to).not.toBeNull();
    expect(verdictOf(metric, (from ?? 0) - 0.1)).toMatch(/^refused (below-possible|not-a-whole-number|looks-like)/);
    expect(verdictOf(metric, from ?? 0)).not.toMatch(/^refused/);
    expect(verdictOf(metric, (to ?? 0) + 0.1)).toMatch(/^refused (above-possible|not-a-whole-number|looks-like)/);
    // Glucose is quarantined as mg/dL before it gets to its upper limit.
    if (metric !== 'glucose') expect(verdictOf(metric, to ?? 0)).not.toMatch(/^refused/);
    if ((reject ?? '').includes('integer')) expect(verdictOf(metric, (from ?? 0) + 0.5)).toBe('refused not-a-whole-number');
  });

  test(`asks again: ${String(confirm)}`, () => {
    const [low, high] = [below(confirm), above(confirm)];
    if (low !== null) {
      expect(verdictOf(metric, low)).toBe('accepted');
      expect(verdictOf(metric, low - 0.1)).toBe('doubtful unusually-low');
    }
    if (high !== null) {
      expect(verdictOf(metric, high)).toBe('accepted');
      expect(verdictOf(metric, high + 0.1)).toBe('doubtful unusually-high');
    }
    if (confirm === null) expect(verdictOf(metric, 3)).toBe('accepted');
  });
});

describe('what the sentences say beside their limits', () => {
  const at = (hours: number): Date => new Date(Date.UTC(2026, 0, 15) + hours * 3_600_000);
  const step = (metric: Metric, ...[before, now, hours, median = null]: [number, number, number, (number | null)?]) =>
    checkAgainstHistory(metric, { value: now, observedAt: at(hours) }, { value: before, observedAt: at(0) }, median)?.reason ?? null;

  test(`spo2: ${String(rowOf('spo2').confirm)}; ${String(rowOf('spo2').units)}`, () => {
    expect(rowOf('spo2').confirm).toContain('change over 10 points in 10 minutes');
    expect([step('spo2', 96, 86, 1 / 6), step('spo2', 96, 85.9, 1 / 6), step('spo2', 96, 85.9, 0.2)]).toEqual([null, 'jump', null]);
    expect(rowOf('spo2').units).toBe('fraction 0-1 is quarantined');
    expect([verdictOf('spo2', 0.5), verdictOf('spo2', 1)]).toEqual(['refused looks-like-fraction', 'refused looks-like-fraction']);
    expect(verdictOf('spo2', 0)).toMatch(/^refused/);
  });

  test(`pulse: ${String(rowOf('pulse').confirm)}`, () => {
    expect(rowOf('pulse').confirm).toContain('oximeter and cuff differ by more than 20 in one session');
    expect([suspectPulses(70, 90), suspectPulses(70, 91)?.reason, suspectPulses(91, 70)?.reason]).toEqual([
      null,
      'pulses-differ',
      'pulses-differ',
    ]);
  });

  const pressures = (systolic: number, diastolic: number) =>
    checkPressures({ systolic, diastolic, map: null }).map(({ plausibility: said }) => said);

  test(`sbp: ${String(rowOf('sbp').reject)}; ${String(rowOf('sbp').confirm)}; ${String(rowOf('sbp').units)}`, () => {
    expect(rowOf('sbp').reject).toContain('or not above diastolic');
    expect(pressures(80, 80)).toMatchObject([{ verdict: 'refused' }, { verdict: 'refused' }]);
    expect(rowOf('sbp').confirm).toContain('jump over 50 from the last session');
    expect([step('systolic', 130, 180, 24), step('systolic', 130, 180.1, 24), step('systolic', 180, 129, 24)]).toEqual([
      null,
      'jump',
      'jump',
    ]);
    expect(rowOf('sbp').units).toBe('value 4-40 with diastolic 2-25: looks like kPa (x 7.5006), quarantine');
    for (const [sys, dia] of [
      [4, 2],
      [40, 25],
      [16, 10],
    ] as const) {
      expect(pressures(sys, dia)).toMatchObject([
        { reason: 'looks-like-kpa', otherwise: expect.closeTo(sys * 7.5006, 2) as number },
        { reason: 'looks-like-kpa', otherwise: expect.closeTo(dia * 7.5006, 2) as number },
      ]);
    }
    expect(pressures(40.1, 25).some((said) => said.verdict === 'refused')).toBe(false);
  });

  test(`dbp: ${String(rowOf('dbp').confirm)}; ${String(rowOf('dbp').units)}`, () => {
    expect(rowOf('dbp').confirm).toContain('pulse pressure under 15 or over 120');
    expect([pressures(100, 85), pressures(200, 80)]).toEqual([[], []]);
    expect(pressures(99, 85)).toMatchObject([{ reason: 'pulse-pressure' }, { reason: 'pulse-pressure' }]);
    expect(pressures(201, 80)).toMatchObject([{ reason: 'pulse-pressure' }, { reason: 'pulse-pressure' }]);
    expect(rowOf('dbp').units).toContain('never swap silently');
    expect(pressures(80, 130)).toMatchObject([
      { verdict: 'refused', reason: 'swapped', otherwise: 130 },
      { verdict: 'refused', reason: 'swapped', otherwise: 80 },
    ]);
  });

  test(`weight: ${String(rowOf('weight').confirm)}; ${String(rowOf('weight').units)}`, () => {
    expect(rowOf('weight').confirm).toBe('5 kg or more in 36 hours, or 10 % from the 14-day median');
    expect([step('weight', 80, 84.9, 36), step('weight', 80, 85, 36), step('weight', 80, 75, 36), step('weight', 80, 85, 36.1)]).toEqual([
      null,
      'jump',
      'jump',
      null,
    ]);
    expect([step('weight', 86, 87.9, 48, 80), step('weight', 86, 88, 48, 80), step('weight', 74, 72, 48, 80)]).toEqual([
      null,
      'jump',
      'jump',
    ]);
    expect(rowOf('weight').units).toBe('ratio to last weight within 3 % of 2.2046 or 0.4536: pounds; within 3 % of 0.1575 or 6.35: stones');
    for (const [ratio, reason] of [
      [2.2046, 'looks-like-pounds'],
      [0.4536, 'looks-like-kilograms'],
      [0.1575, 'looks-like-stones'],
      [6.35, 'looks-like-kilograms'],
    ] as const) {
      for (const off of [0.971, 1, 1.029]) expect(step('weight', 80, 80 * ratio * off, 24)).toBe(reason);
      for (const off of [0.969, 1.032]) expect(step('weight', 80, 80 * ratio * off, 48)).toBeNull();
    }
  });

  test(`temperature: ${String(rowOf('temperature').units)}`, () => {
    expect(rowOf('temperature').units).toBe('77-113: looks like Fahrenheit, quarantine');
    expect([76.9, 77, 113, 113.1].map((value) => verdictOf('temperature', value))).toEqual([
      'refused above-possible',
      'refused looks-like-fahrenheit',
      'refused looks-like-fahrenheit',
      'refused above-possible',
    ]);
  });

  test(`glucose: ${String(rowOf('glucose').units)}`, () => {
    expect(rowOf('glucose').units).toBe('above 40: looks like mg/dL (divide by 18.016), quarantine');
    expect([verdictOf('glucose', 40), verdictOf('glucose', 40.1)]).toEqual(['doubtful unusually-high', 'refused looks-like-mg-per-dl']);
    expect(plausibility('glucose', 54)).toMatchObject({ otherwise: expect.closeTo(54 / 18.016, 3) as number });
  });
});
