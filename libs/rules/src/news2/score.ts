import { plausibility, type Metric, type RefusedReason } from '@varde/vitals';
import { NEWS2_PARTS, readOff, type ChartReading, type News2Chart, type News2Class, type News2Part, type News2Scale } from './chart.js';

/** What is scored; null is what nobody knows. Values are in the canonical units of their metrics. */
export interface News2Observation {
  readonly respiratoryRatePerMin: number | null;
  readonly spo2Percent: number | null;
  /** Which SpO2 scale; 2 needs `hasScale2Order`. */
  readonly spo2Scale: 1 | 2;
  /** Whether a clinician's recorded decision for scale 2 is in force. Neither a diagnosis nor oxygen stands in for it. */
  readonly hasScale2Order: boolean;
  readonly onOxygen: boolean | null;
  readonly systolicMmhg: number | null;
  readonly pulsePerMin: number | null;
  /** ACVPU code. C is new confusion; long-standing unchanged confusion is A. */
  readonly consciousness: string | null;
  readonly temperatureCelsius: number | null;
  readonly ageYears: number | null;
  readonly isPregnant: boolean;
}

/** One part as it was scored. */
export interface News2ScoredPart {
  readonly part: News2Part;
  /** As it went on the chart: rounded to its resolution. */
  readonly value: number | string | boolean;
  readonly points: number;
}

/** A NEWS2 score, or what can be said while parts are missing. */
export interface News2Scored {
  readonly status: 'complete' | 'incomplete';
  /** The SpO2 scale used. */
  readonly spo2Scale: 1 | 2;
  /** What could be scored, in the order of the chart. */
  readonly parts: readonly News2ScoredPart[];
  readonly missing: readonly News2Part[];
  /** Parts with red points. */
  readonly red: readonly News2Part[];
  /** Null while a part is missing: a missing part is not zero. */
  readonly total: number | null;
  readonly lowest: number;
  readonly highest: number;
  /** Every class the missing parts leave open, mildest first. */
  readonly possible: readonly News2Class[];
  /** The class, when only one is possible. */
  readonly risk: News2Class | null;
  readonly atLeast: News2Class;
  /** How often to observe at least; null while the total is open. */
  readonly monitoring: string | null;
}

/** Why nothing was scored. */
export type News2Fault =
  | { readonly part: News2Part; readonly fault: RefusedReason | 'unknown-code' | 'conflicting-readings' }
  | { readonly part: 'spo2'; readonly fault: 'no-scale-2-order' };

/** What NEWS2 says of an observation. */
export type News2Result =
  | News2Scored
  /** Something given cannot be; a score without it would hide that. */
  | { readonly status: 'invalid'; readonly faults: readonly News2Fault[] }
  /** The score is not made for this person. */
  | { readonly status: 'not-applicable'; readonly reason: 'too-young' | 'pregnant' };

/**
 * NEWS2 by the chart. Pure and total. What is missing is never counted as zero: bounds and possible classes come from every combination
 * of points the missing parts could have (README 1.3).
 */
export function scoreNews2(chart: News2Chart, observation: News2Observation): News2Result {
  if (observation.ageYears !== null && observation.ageYears < chart.ageYearsMin) return { status: 'not-applicable', reason: 'too-young' };
  if (observation.isPregnant) return { status: 'not-applicable', reason: 'pregnant' };
  const faults = findFaults(chart, observation);
  return faults.length > 0 ? { status: 'invalid', faults } : count(chart, observation);
}

function findFaults(chart: News2Chart, observation: News2Observation): News2Fault[] {
  const faults: News2Fault[] = [];
  const check = (part: News2Part & Metric, value: number | null): void => {
    const verdict = value === null ? null : plausibility(part, value);
    if (verdict?.verdict === 'refused') faults.push({ part, fault: verdict.reason });
  };
  check('respiratory-rate', observation.respiratoryRatePerMin);
  check('spo2', observation.spo2Percent);
  if (observation.spo2Scale === 2 && !observation.hasScale2Order) faults.push({ part: 'spo2', fault: 'no-scale-2-order' });
  check('systolic', observation.systolicMmhg);
  check('pulse', observation.pulsePerMin);
  const { consciousness } = observation;
  if (consciousness !== null && !chart.consciousness.has(consciousness)) faults.push({ part: 'consciousness', fault: 'unknown-code' });
  check('temperature', observation.temperatureCelsius);
  return faults;
}

function count(chart: News2Chart, observation: News2Observation): News2Scored {
  const known: Partial<Record<News2Part, Omit<News2ScoredPart, 'part'>>> = {};
  const note = (part: News2Part, reading: ChartReading | null): void => {
    if (reading !== null) known[part] = { value: reading.chartValue, points: reading.points };
  };
  const { onOxygen, consciousness } = observation;
  note('respiratory-rate', off(chart.respiratoryRate, observation.respiratoryRatePerMin));
  note('spo2', saturation(chart, observation));
  if (onOxygen !== null) known.oxygen = { value: onOxygen, points: onOxygen ? chart.oxygenPoints : chart.airPoints };
  note('systolic', off(chart.systolic, observation.systolicMmhg));
  note('pulse', off(chart.pulse, observation.pulsePerMin));
  if (consciousness !== null) known.consciousness = { value: consciousness, points: chart.consciousness.get(consciousness) ?? Number.NaN };
  note('temperature', off(chart.temperature, observation.temperatureCelsius));
  const parts: News2ScoredPart[] = [];
  const missing: News2Part[] = [];
  for (const part of NEWS2_PARTS) {
    const scored = known[part];
    if (scored !== undefined) parts.push({ part, value: scored.value, points: scored.points });
    // A saturation that only the unknown oxygen status keeps from being scored is not itself missing.
    else if (part !== 'spo2' || observation.spo2Percent === null) missing.push(part);
  }
  const red = parts.filter(({ points }) => points === chart.redPoints).map(({ part }) => part);
  return { spo2Scale: observation.spo2Scale, parts, missing, red, ...conclude(chart, reach(chart, observation), missing.length === 0) };
}

function off(scale: News2Scale, value: number | null): ChartReading | null {
  return value === null ? null : readOff(scale, value);
}

/** Null too when the points depend on an oxygen status that nobody knows. */
function saturation(chart: News2Chart, { spo2Percent, spo2Scale, onOxygen }: News2Observation): ChartReading | null {
  if (spo2Percent === null) return null;
  if (spo2Scale === 1) return readOff(chart.spo2Scale1, spo2Percent);
  const onAir = readOff(chart.spo2Scale2Air, spo2Percent);
  const withOxygen = readOff(chart.spo2Scale2Oxygen, spo2Percent);
  if (onOxygen !== null) return onOxygen ? withOxygen : onAir;
  return onAir.points === withOxygen.points ? onAir : null;
}

/** Totals that can be reached, as bits: bit n is a total of n. */
interface Reach {
  readonly plain: number;
  /** Those with at least one red part. */
  readonly red: number;
}

/** Every total the missing parts leave open, air and oxygen kept apart because saturation depends on them. */
function reach(chart: News2Chart, observation: News2Observation): Reach {
  const { onOxygen } = observation;
  if (onOxygen !== null) return reachOn(chart, observation, onOxygen);
  const onAir = reachOn(chart, observation, false);
  const withOxygen = reachOn(chart, observation, true);
  return { plain: onAir.plain | withOxygen.plain, red: onAir.red | withOxygen.red };
}

function reachOn(chart: News2Chart, observation: News2Observation, onOxygen: boolean): Reach {
  const scale = observation.spo2Scale === 1 ? chart.spo2Scale1 : onOxygen ? chart.spo2Scale2Oxygen : chart.spo2Scale2Air;
  const { consciousness } = observation;
  const { redPoints } = chart;
  let reached: Reach = { plain: 1 << (onOxygen ? chart.oxygenPoints : chart.airPoints), red: 0 };
  reached = add(reached, pointBits(chart.respiratoryRate, observation.respiratoryRatePerMin), redPoints);
  reached = add(reached, pointBits(scale, observation.spo2Percent), redPoints);
  reached = add(reached, pointBits(chart.systolic, observation.systolicMmhg), redPoints);
  reached = add(reached, pointBits(chart.pulse, observation.pulsePerMin), redPoints);
  const alertBits = consciousness === null ? chart.consciousnessBits : 1 << (chart.consciousness.get(consciousness) ?? 0);
  reached = add(reached, alertBits, redPoints);
  return add(reached, pointBits(chart.temperature, observation.temperatureCelsius), redPoints);
}

/** The totals after one more part. Oxygen is no part here: its points are never red. */
function add({ plain, red }: Reach, bits: number, redPoints: number): Reach {
  let nextPlain = 0;
  let nextRed = 0;
  for (let points = 0; points <= redPoints; points++) {
    if ((bits & (1 << points)) === 0) continue;
    if (points === redPoints) nextRed |= plain << points;
    else nextPlain |= plain << points;
    nextRed |= red << points;
  }
  return { plain: nextPlain, red: nextRed };
}

/** Points a measure can have, as bits: one bit when it is known. */
function pointBits(scale: News2Scale, value: number | null): number {
  return value === null ? scale.pointBits : 1 << readOff(scale, value).points;
}

type Conclusion = Pick<News2Scored, 'status' | 'total' | 'lowest' | 'highest' | 'possible' | 'risk' | 'atLeast' | 'monitoring'>;

function conclude(chart: News2Chart, { plain, red }: Reach, isComplete: boolean): Conclusion {
  const all = plain | red;
  const lowest = 31 - Math.clz32(all & -all);
  const highest = 31 - Math.clz32(all);
  const rows = chart.classes.filter((row) => ((row.red === null ? all : row.red ? red : plain) & row.totalBits) !== 0);
  const possible = rows.map(({ id }) => id);
  const [atLeast = 'high'] = possible;
  const total = isComplete ? lowest : null;
  const monitoring =
    total === null
      ? null
      : (chart.classes.find(({ id }) => id === atLeast)?.monitoring.find(({ totalFrom, totalTo }) => total >= totalFrom && total <= totalTo)
          ?.every ?? null);
  return {
    status: isComplete ? 'complete' : 'incomplete',
    total,
    lowest,
    highest,
    possible,
    risk: possible.length === 1 ? atLeast : null,
    atLeast,
    monitoring,
  };
}
