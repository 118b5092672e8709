import type { Metric } from './metric.js';
import { GLUCOSE_MG_PER_DL_PER_MMOL_PER_L, MMHG_PER_KPA } from './unit.js';

/** Why a value cannot be used. The `looks-like-` ones are quarantine: never converted by guess, the person is asked again. */
export type RefusedReason =
  | 'not-a-number'
  | 'below-possible'
  | 'above-possible'
  | 'not-a-whole-number'
  | 'looks-like-fraction'
  | 'looks-like-fahrenheit'
  | 'looks-like-mg-per-dl'
  | 'looks-like-kpa'
  | 'swapped'
  | 'systolic-equals-diastolic'
  | 'map-not-between';

/** The doubt of a value from a memory of which nobody can say when it was measured: kept out of what needs the time (devices/README 5.5 rule 5). */
export const TIME_UNKNOWN = 'time-unknown';

/**
 * What `context.activity` of the wire says of an act that was not taken at rest, and the mark of its values: true, and yet no value of a
 * rule for rest (decision 45).
 */
export const AFTER_EXERCISE = 'after-exercise';

/** The mark of a value that was taken after exercise and is doubted besides. */
export const AFTER_EXERCISE_UNSURE = 'after-exercise-unsure';

/** Why a value is used with care. */
export type DoubtReason =
  | 'unusually-low'
  | 'unusually-high'
  | 'pulse-pressure'
  | 'partner-refused'
  | 'jump'
  | 'looks-like-pounds'
  | 'looks-like-kilograms'
  | 'looks-like-stones'
  | 'pulses-differ'
  | 'device-questionable'
  | 'preliminary'
  | 'before-enrolment'
  | typeof TIME_UNKNOWN
  | 'wearer-unsure'
  | typeof AFTER_EXERCISE
  | typeof AFTER_EXERCISE_UNSURE;

/**
 * What can be said of a value. `otherwise` is what the value would be, in the canonical unit, if the suspected mistake were one:
 * not for storing, but so that a rule can see whether either meaning would be dangerous (plausibility_principle).
 */
export type Plausibility =
  | { readonly verdict: 'accepted' }
  | { readonly verdict: 'doubtful'; readonly reason: DoubtReason; readonly otherwise: number | null }
  | { readonly verdict: 'refused'; readonly reason: RefusedReason; readonly otherwise: number | null };

/** Inclusive limits: a value on the edge is accepted. Null means no limit of that sort. */
export interface PlausibleRange {
  readonly refuseBelow: number;
  readonly refuseAbove: number;
  readonly doubtBelow: number | null;
  readonly doubtAbove: number | null;
  readonly whole: boolean;
}

const range = (
  refuseBelow: number,
  refuseAbove: number,
  doubtBelow: number | null = null,
  doubtAbove: number | null = null,
): PlausibleRange => ({
  refuseBelow,
  refuseAbove,
  doubtBelow,
  doubtAbove,
  whole: false,
});
const wholeRange = (refuseBelow: number, refuseAbove: number): PlausibleRange => ({ ...range(refuseBelow, refuseAbove), whole: true });

/**
 * Limits in canonical units. Those of spo2, pulse, respiratory rate, pressures, weight, temperature, glucose and CAT are the catalogue's
 * `plausibility` table; fev1, pef, perfusion index, oxygen flow and NEWS2 are devices/README 5.7 step 5; map is bounded by its
 * neighbours' limits; height, bmi, body fat and fvc are our own, wide enough that only a mistake falls outside.
 */
export const PLAUSIBLE: Readonly<Record<Metric, PlausibleRange>> = {
  systolic: range(40, 300, 70, 240),
  diastolic: range(20, 200, 40, 140),
  'systolic-standing': range(40, 300, 70, 240),
  'diastolic-standing': range(20, 200, 40, 140),
  map: range(20, 300),
  pulse: range(20, 300, 35, 180),
  spo2: range(35, 100, 70),
  'perfusion-index': range(0, 30),
  weight: range(20, 350),
  height: range(50, 250),
  bmi: range(5, 150),
  'body-fat': range(1, 80),
  temperature: range(25, 45, 34.5, 41),
  'respiratory-rate': range(3, 80, 8, 40),
  fev1: range(0.1, 10),
  fvc: range(0.1, 12),
  pef: range(10, 1000),
  glucose: range(0.3, 60, 2.2, 30),
  'o2-flow': range(0, 60),
  'cat-score': wholeRange(0, 40),
  'mmrc-grade': wholeRange(0, 4),
  'dyspnoea-vas': range(0, 10),
  'exact-score': wholeRange(0, 100),
  'irregular-pulse': wholeRange(0, 1),
  'news2-score': wholeRange(0, 20),
};

/** Glucose above this in mmol/L, though possible, is quarantined as a suspected mg/dL value. */
const GLUCOSE_QUARANTINE_ABOVE = 40;

const ACCEPTED: Plausibility = { verdict: 'accepted' };
const refused = (reason: RefusedReason, otherwise: number | null = null): Plausibility => ({ verdict: 'refused', reason, otherwise });
const doubtful = (reason: DoubtReason, otherwise: number | null = null): Plausibility => ({ verdict: 'doubtful', reason, otherwise });
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/**
 * One value by itself, in the metric's canonical unit. Pure and total: any number has an answer.
 * Both edges of every limit are inside it.
 */
export function plausibility(metric: Metric, value: number): Plausibility {
  if (!Number.isFinite(value)) return refused('not-a-number');
  const limits = PLAUSIBLE[metric];
  const unitSuspect = suspectUnit(metric, value);
  if (unitSuspect !== null) return unitSuspect;
  if (value < limits.refuseBelow) return refused('below-possible');
  if (value > limits.refuseAbove) return refused('above-possible');
  if (limits.whole && !Number.isInteger(value)) return refused('not-a-whole-number');
  if (limits.doubtBelow !== null && value < limits.doubtBelow) return doubtful('unusually-low');
  if (limits.doubtAbove !== null && value > limits.doubtAbove) return doubtful('unusually-high');
  return ACCEPTED;
}

function suspectUnit(metric: Metric, value: number): Plausibility | null {
  if (metric === 'spo2' && value > 0 && value <= 1) return refused('looks-like-fraction', rounded(value * 100));
  if (metric === 'temperature' && value >= 77 && value <= 113) return refused('looks-like-fahrenheit', rounded(((value - 32) * 5) / 9));
  if (metric === 'glucose' && value > GLUCOSE_QUARANTINE_ABOVE) {
    const asMmol = value / GLUCOSE_MG_PER_DL_PER_MMOL_PER_L;
    return asMmol <= PLAUSIBLE.glucose.refuseAbove ? refused('looks-like-mg-per-dl', rounded(asMmol)) : null;
  }
  return null;
}

/** What two or more values of one act say about one of them. */
export interface ActVerdict {
  readonly metric: Metric;
  readonly plausibility: Plausibility;
}

/** The pressures of one cuff inflation, in mmHg; null what the device did not give. */
export interface Pressures {
  readonly systolic: number | null;
  readonly diastolic: number | null;
  readonly map: number | null;
}

/**
 * The pressures of one act held against each other: pairs that look like kPa or are swapped (quarantined whole, never corrected),
 * systolic not above diastolic, a mean outside its neighbours (only the mean is refused: real cuffs send nonsense there),
 * and an odd pulse pressure (doubtful). Answers nothing when all is well. A pair wins over what each value says alone.
 */
export function checkPressures(pressures: Pressures): readonly ActVerdict[] {
  const { systolic, diastolic, map } = pressures;
  if (systolic === null || diastolic === null) return [];
  const both = (make: (own: number, other: number) => Plausibility): ActVerdict[] => {
    const verdicts: ActVerdict[] = [
      { metric: 'systolic', plausibility: make(systolic, diastolic) },
      { metric: 'diastolic', plausibility: make(diastolic, systolic) },
    ];
    if (map !== null) verdicts.push({ metric: 'map', plausibility: make(map, map) });
    return verdicts;
  };
  if (systolic >= 4 && systolic <= 40 && diastolic >= 2 && diastolic <= 25) {
    return both((own) => refused('looks-like-kpa', rounded(own * MMHG_PER_KPA)));
  }
  if (diastolic > systolic) return both((_own, other) => refused('swapped', other));
  if (diastolic === systolic) return both(() => refused('systolic-equals-diastolic'));
  const verdicts: ActVerdict[] = [];
  if (map !== null && (map <= diastolic || map >= systolic)) verdicts.push({ metric: 'map', plausibility: refused('map-not-between') });
  const pulsePressure = systolic - diastolic;
  if (pulsePressure < 15 || pulsePressure > 120) {
    verdicts.push(
      { metric: 'systolic', plausibility: doubtful('pulse-pressure') },
      { metric: 'diastolic', plausibility: doubtful('pulse-pressure') },
    );
  }
  return verdicts;
}
