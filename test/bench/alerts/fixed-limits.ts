import type { AnswerSet, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { FIXED } from './assumptions.js';
import type { Sent } from './home.js';
import { DAY_MS, YEAR_FROM_MS, YEAR_TO_MS } from './person.js';

interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const YEAR: Period = { fromMs: YEAR_FROM_MS, toMs: YEAR_TO_MS };

/**
 * When each breach of a fixed limit reaches the nurse: one item each, the readings of the home as they come, nothing measured again. The
 * pulse counts once where oximeter and cuff both measured it, and a weight that cannot be the patient's not at all.
 */
export function breachesOfFixedLimits({ readings }: Pick<Sent, 'readings'>, period: Period = YEAR): number[] {
  const weights = readings.filter(({ metric, doubt }) => metric === 'weight' && doubt === null);
  const others = readings.filter(({ metric }) => metric !== 'weight');
  const found = new Map<string, number>();
  for (const reading of [...weights, ...others]) {
    const { metric, receivedAt } = reading;
    if (isWithin(reading, period) && isBreach(reading, weights)) found.set(`${metric} ${receivedAt.getTime()}`, receivedAt.getTime());
  }
  return [...found.values()];
}

/** The same with an item for each set of answers that holds a "yes" (README 2.2, TELBIL: "negative answers"). */
export function yesAnswers({ answers }: Pick<Sent, 'answers'>): number[] {
  return answers
    .filter((set) => isWithin(set, YEAR) && Object.entries(set.items).some(([item, value]) => value === true && item !== 'symptoms_worse'))
    .map(({ receivedAt }) => receivedAt.getTime());
}

function isWithin({ receivedAt }: RuleReading | AnswerSet, { fromMs, toMs }: Period): boolean {
  return receivedAt.getTime() >= fromMs && receivedAt.getTime() < toMs;
}

const BREACHES: Readonly<Partial<Record<Metric, (value: number) => boolean>>> = {
  spo2: (value) => value < FIXED.spo2Below,
  pulse: (value) => value < FIXED.pulseBelow || value > FIXED.pulseAbove,
  systolic: (value) => value < FIXED.systolicBelow || value > FIXED.systolicAbove,
  temperature: (value) => value >= FIXED.temperatureFrom,
  glucose: (value) => value < FIXED.glucoseBelow,
};

function isBreach(reading: RuleReading, weights: readonly RuleReading[]): boolean {
  const { metric, value } = reading;
  return metric === 'weight' ? hasGained(reading, weights) : (BREACHES[metric]?.(value) ?? false);
}

function hasGained({ value, observedAt }: RuleReading, weights: readonly RuleReading[]): boolean {
  const fromMs = observedAt.getTime() - FIXED.weightDays * DAY_MS;
  return weights.some((earlier) => {
    const atMs = earlier.observedAt.getTime();
    return atMs >= fromMs && atMs < observedAt.getTime() && value - earlier.value > FIXED.weightGainKg;
  });
}
