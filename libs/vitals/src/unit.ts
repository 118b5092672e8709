import { METRICS, type Metric } from './metric.js';

/** A value in its canonical unit, or the units that would have been understood. Never a guess. */
export type Converted =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly reason: 'unknown-unit'; readonly known: readonly string[] };

/** Kilograms in an avoirdupois pound, exactly. */
const KG_PER_POUND = 0.45359237;
/** mmHg in a kilopascal. */
export const MMHG_PER_KPA = 7.50062;
/** mg/dL in a mmol/L of glucose (molar mass 180.16 g/mol). */
export const GLUCOSE_MG_PER_DL_PER_MMOL_PER_L = 18.016;

type Conversion = (value: number) => number;
const same: Conversion = (value) => value;
// Four decimals: finer than any device, coarse enough that 98.6 degF is 37 and not 37.00000000000001.
const times =
  (factor: number): Conversion =>
  (value) =>
    Math.round(value * factor * 1e4) / 1e4;

const pressure = { 'mm[Hg]': same, kPa: times(MMHG_PER_KPA) };
const rate = { '/min': same, '{beat}/min': same };
const volume = { L: same, mL: times(0.001) };
const percent = { '%': same };
const score = { '{score}': same };

const UNITS: Readonly<Record<Metric, Readonly<Record<string, Conversion>>>> = {
  systolic: pressure,
  diastolic: pressure,
  'systolic-standing': pressure,
  'diastolic-standing': pressure,
  map: pressure,
  pulse: rate,
  spo2: percent,
  'perfusion-index': percent,
  weight: { kg: same, g: times(0.001), '[lb_av]': times(KG_PER_POUND) },
  height: { cm: same, m: times(100), '[in_i]': times(2.54) },
  bmi: { 'kg/m2': same },
  'body-fat': percent,
  temperature: { Cel: same, '[degF]': (value) => times(5 / 9)(value - 32) },
  'respiratory-rate': { '/min': same, '{breath}/min': same },
  fev1: volume,
  fvc: volume,
  pef: { 'L/min': same, 'L/s': times(60) },
  glucose: { 'mmol/L': same, 'mg/dL': times(1 / GLUCOSE_MG_PER_DL_PER_MMOL_PER_L) },
  'o2-flow': { 'L/min': same },
  'cat-score': score,
  'mmrc-grade': score,
  'dyspnoea-vas': score,
  'exact-score': score,
  'irregular-pulse': { '{flag}': same },
  'news2-score': score,
};

/** The UCUM units understood for a metric, canonical one first. */
export function unitsOf(metric: Metric): readonly string[] {
  return Object.keys(UNITS[metric]);
}

/**
 * The value in the metric's canonical unit (devices/README section 4 factors).
 * A value already in that unit is returned untouched; a converted one is rounded to four decimals.
 * An unknown unit is an answer, not an error; the size of the value is never used to guess one.
 */
export function toCanonical(metric: Metric, value: number, unit: string): Converted {
  if (unit === METRICS[metric].unit) return { ok: true, value };
  const units = UNITS[metric];
  const convert = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (convert === undefined) return { ok: false, reason: 'unknown-unit', known: unitsOf(metric) };
  return { ok: true, value: convert(value) };
}
