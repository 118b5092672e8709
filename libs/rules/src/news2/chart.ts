import type { Metric } from '@varde/vitals';
import type { Words } from '../finding.js';

/** Classes of clinical risk (`aggregate.classes`), mildest first. */
export const NEWS2_CLASSES = ['low', 'low-medium', 'medium', 'high'] as const;
/** Class of clinical risk of a NEWS2 total. */
export type News2Class = (typeof NEWS2_CLASSES)[number];

/** The seven parts of the score, in the order of the chart. */
export const NEWS2_PARTS = ['respiratory-rate', 'spo2', 'oxygen', 'systolic', 'pulse', 'consciousness', 'temperature'] as const;
/** One part of the score. */
export type News2Part = (typeof NEWS2_PARTS)[number];

/** Parts that are measured in numbers. */
export type News2Measured = Exclude<News2Part, 'oxygen' | 'consciousness'>;

/** One band of a scale: from this chart value up to the next band. */
export interface News2Band {
  /** Lowest chart value of the band in steps of the scale; -Infinity for the lowest band. */
  readonly from: number;
  readonly points: number;
}

/** How one measure is scored. */
export interface News2Scale {
  readonly metric: Metric;
  /** Chart values per unit: 1 for whole numbers, 10 for tenths of a degree. */
  readonly stepsPerUnit: number;
  /** Lowest first, without gaps. */
  readonly bands: readonly News2Band[];
  /** Points it can give, as bits: bit n for n points. */
  readonly pointBits: number;
}

/** One row of the table of classes. */
export interface News2ClassRow {
  readonly id: News2Class;
  readonly label: Words;
  readonly totalFrom: number;
  readonly totalTo: number;
  /** Its totals as bits: bit n for a total of n. */
  readonly totalBits: number;
  /** Whether a part must (or must not) score red points; null when the total alone decides. */
  readonly red: boolean | null;
  /** How often to observe at least, by total: an ISO 8601 period, a range of two, or `continuous`. */
  readonly monitoring: readonly { readonly totalFrom: number; readonly totalTo: number; readonly every: string }[];
}

/** The NEWS2 chart as data: everything `scoreNews2` knows of numbers. Made once by `readNews2Chart`. */
export interface News2Chart {
  /** Points of a part that make it red. */
  readonly redPoints: number;
  readonly totalMax: number;
  readonly ageYearsMin: number;
  readonly respiratoryRate: News2Scale;
  readonly spo2Scale1: News2Scale;
  readonly spo2Scale2Air: News2Scale;
  readonly spo2Scale2Oxygen: News2Scale;
  readonly systolic: News2Scale;
  readonly pulse: News2Scale;
  readonly temperature: News2Scale;
  readonly airPoints: number;
  readonly oxygenPoints: number;
  /** Points by code; a code that is not there is invalid. */
  readonly consciousness: ReadonlyMap<string, number>;
  /** Points the codes can give, as bits. */
  readonly consciousnessBits: number;
  /** Mildest first. */
  readonly classes: readonly News2ClassRow[];
  /** How old rate, saturation, pressure and pulse may be (`policies.freshness`). */
  readonly freshMs: number;
  /** How old oxygen status, consciousness and temperature may be. */
  readonly slowFreshMs: number;
  /** Thanks to the owner of the score, to be shown where it is (`meta.owner`). */
  readonly acknowledgement: Words;
}

// Four decimals are what is stored; counted in whole numbers of them, so that 35.05 is a half and not a little less.
const STORED_PER_UNIT = 10_000;

/** What a value becomes on the chart, and what it scores. */
export interface ChartReading {
  /** In the unit of the measure, rounded to the resolution of the chart. */
  readonly chartValue: number;
  readonly points: number;
}

/**
 * Reads a value off a scale: rounded to the resolution of the chart first, an exact half to the side that scores higher
 * (`policies.rounding`). All in whole numbers.
 */
export function readOff(scale: News2Scale, value: number): ChartReading {
  const perStep = STORED_PER_UNIT / scale.stepsPerUnit;
  const stored = Math.round(value * STORED_PER_UNIT);
  const below = Math.floor(stored / perStep);
  const rest = stored - below * perStep;
  const isHalf = rest * 2 === perStep;
  const step = rest * 2 > perStep || (isHalf && pointsAt(scale, below + 1) > pointsAt(scale, below)) ? below + 1 : below;
  return { chartValue: step / scale.stepsPerUnit, points: pointsAt(scale, step) };
}

function pointsAt({ bands }: News2Scale, step: number): number {
  let points = Number.NaN;
  for (const band of bands) {
    if (step < band.from) break;
    points = band.points;
  }
  return points;
}
