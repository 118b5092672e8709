import { AFTER_EXERCISE, METRICS, SIZE_DOUBTS, WEIGHT_JUMP_KG, type Metric } from '@varde/vitals';
import { hasDoubt, valueOf, type Act } from './act.js';
import { anchorOfAct, anchorOfRefused } from './anchor.js';
import type { Jump, UnitRatio } from './catalogue.js';
import { difference } from './condition.js';
import type { RefusedValue, RuleReading, Window, Words } from './finding.js';
import { JUDGED_METRICS, slotOf } from './measure.js';
import type { OddStep } from './odd-steps.js';
import type { HeldBack } from './scene.js';
import { capital, doubtWords, join, valueWords } from './words.js';

const HOUR_MS = 3_600_000;

/** A technical fault of one value or act: what a technical rule fires on. */
export interface Trouble {
  readonly anchor: string;
  readonly at: Date;
  readonly receivedAt: Date;
  readonly metrics: readonly Metric[];
  readonly readingIds: readonly number[];
  readonly reason: Words;
  /** The refused value it is about; absent when it is about an act. */
  readonly refused?: RefusedValue;
}

const TABLE_REASONS: ReadonlySet<string> = new Set([
  'implausible',
  'special-value',
  'no-value',
  'below-range',
  'above-range',
  'unit',
  'clock',
  'not-a-number',
  'below-possible',
  'above-possible',
  'not-a-whole-number',
  'systolic-equals-diastolic',
]);
const UNIT_REASONS: ReadonlySet<string> = new Set([
  'quarantined',
  'swapped',
  'looks-like-fraction',
  'looks-like-fahrenheit',
  'looks-like-mg-per-dl',
  'looks-like-kpa',
]);
const DEVICE_REASONS: ReadonlySet<string> = new Set(['device-invalid']);
/** What is no fault of the device: the rules of its metric speak of a value's size, and after exercise it is another value. */
const NO_FAULTS: ReadonlySet<string> = new Set([...SIZE_DOUBTS, AFTER_EXERCISE]);
/** Doubts that hold a weight back: the rules about units and persons speak of them. */
const HOLDING_DOUBTS: ReadonlySet<string> = new Set(['jump', 'looks-like-pounds', 'looks-like-kilograms', 'looks-like-stones']);

/** Refused values outside what is possible (`gen.tech.implausible`). */
export function findImplausible({ refused }: Window): readonly Trouble[] {
  return refused.filter((each) => concerns(each, TABLE_REASONS)).map(refusedTrouble);
}

/** Readings the device itself doubts or calls invalid, and others that must be used with care (`gen.tech.quality`). */
export function findDoubted({ readings, refused }: Window, odd: readonly OddStep[]): readonly Trouble[] {
  const byAct = new Map<number, RuleReading[]>();
  const doubted = readings.filter(({ doubt }) => doubt !== null);
  for (const reading of [...doubted, ...odd.map(oddReading)]) {
    const { doubt, metric } = reading;
    if (doubt === null || NO_FAULTS.has(doubt) || (metric === 'weight' && HOLDING_DOUBTS.has(doubt))) continue;
    const same = byAct.get(reading.measurementId);
    if (same === undefined) byAct.set(reading.measurementId, [reading]);
    else if (!same.some((other) => other.metric === metric)) same.push(reading);
  }
  const invalid = refused.filter((each) => concerns(each, DEVICE_REASONS)).map(refusedTrouble);
  return [...[...byAct.values()].map(doubtedTrouble), ...invalid];
}

function oddReading({ act, metric, doubt }: OddStep): RuleReading {
  return { measurementId: act.id, metric, value: valueOf(act, slotOf(metric)), observedAt: act.at, receivedAt: act.receivedAt, doubt };
}

/** Values refused because they look like another unit (`gen.tech.unit_suspect`). */
export function findRefusedUnits({ refused }: Window): readonly Trouble[] {
  return refused.filter((each) => concerns(each, UNIT_REASONS)).map(refusedTrouble);
}

/** A value nobody judges (the mean pressure of a cuff, say) asks nobody to measure again. */
function concerns({ metric, reason }: RefusedValue, reasons: ReadonlySet<string>): boolean {
  return reasons.has(reason) && (metric === null || slotOf(metric) >= 0);
}

function refusedTrouble(refused: RefusedValue): Trouble {
  const { refusedId, metric, reason, observedAt, receivedAt } = refused;
  const why = doubtWords(reason);
  const name = metric === null ? { nb: 'måling', en: 'reading' } : METRICS[metric];
  return {
    anchor: anchorOfRefused(refusedId),
    at: observedAt,
    receivedAt,
    metrics: metric === null ? [] : [metric],
    readingIds: [],
    reason: { nb: `Avvist verdi, ${name.nb}: ${why.nb}. Mål på nytt.`, en: `Refused value, ${name.en}: ${why.en}. Measure again.` },
    refused,
  };
}

function doubtedTrouble(readings: readonly RuleReading[]): Trouble {
  const [first] = readings;
  if (first === undefined) throw new RangeError('a doubted act has at least one reading');
  const byMetric = [...readings].sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const told = join(
    byMetric.map(({ metric, doubt }) => {
      const why = doubtWords(doubt ?? '');
      return { nb: `${METRICS[metric].nb} (${why.nb})`, en: `${METRICS[metric].en} (${why.en})` };
    }),
    ', ',
  );
  return {
    anchor: anchorOfAct(first.measurementId),
    at: first.observedAt,
    receivedAt: first.receivedAt,
    metrics: byMetric.map(({ metric }) => metric),
    readingIds: [first.measurementId],
    reason: { nb: `Usikker måling: ${told.nb}.`, en: `Doubtful reading: ${told.en}.` },
  };
}

/** What the technical rules of the weight go by; null for a rule that does not run. */
export interface WeightDoubts {
  readonly ratio: UnitRatio | null;
  readonly jump: { readonly trigger: Jump; readonly limitKg: number } | null;
}

/** Weights that may be another unit or another person: doubted when they were stored, or held against the last accepted one here. */
export function findHeldBack(weights: readonly Act[], doubts: WeightDoubts): ReadonlyMap<Act, HeldBack> {
  const held = new Map<Act, HeldBack>();
  const slot = slotOf('weight');
  const own = weights.filter(({ said }) => said !== null);
  let accepted: Act | null = null;
  // A weight like the last one before such a step is no step back to somebody else.
  let beforeOwn: Act | null = null;
  for (const act of weights) {
    const by = (before: Act | null): HeldBack | null => (before === null ? null : heldBy(act, before, doubts));
    const why = heldByDoubt(act, accepted, doubts) ?? by(accepted);
    const isTheirs = why === 'person' && (isLikeOwn(act, own, doubts) || (beforeOwn !== null && by(beforeOwn) === null));
    if (why !== null && !isTheirs) held.set(act, why);
    else if (!hasDoubt(act, slot)) [beforeOwn, accepted] = [act.said === null ? null : accepted, act];
  }
  return held;
}

/** Whether the patient says that it was them, or that it was them who weighed about the same just before or after. */
function isLikeOwn(act: Act, own: readonly Act[], { jump }: WeightDoubts): boolean {
  const slot = slotOf('weight');
  return own.some((each) => {
    if (each === act) return true;
    const isNear = jump !== null && Math.abs(each.atMs - act.atMs) <= jump.trigger.hours * HOUR_MS;
    return isNear && Math.abs(difference(valueOf(act, slot), valueOf(each, slot))) < jump.limitKg;
  });
}

/** What ingest has seen against a longer history than a look reads; a step that it doubts and the limit allows holds nothing back. */
function heldByDoubt(act: Act, accepted: Act | null, { ratio, jump }: WeightDoubts): HeldBack | null {
  const slot = slotOf('weight');
  const doubt = act.doubts[slot] ?? null;
  if (doubt === null) return null;
  if (ratio !== null && doubt.startsWith('looks-like-')) return 'unit';
  if (jump === null || doubt !== 'jump') return null;
  if (accepted === null || act.atMs - accepted.atMs > jump.trigger.hours * HOUR_MS) return 'person';
  const step = Math.abs(difference(valueOf(act, slot), valueOf(accepted, slot)));
  return step >= WEIGHT_JUMP_KG && step < jump.limitKg ? null : 'person';
}

function heldBy(act: Act, accepted: Act, { ratio, jump }: WeightDoubts): HeldBack | null {
  const slot = slotOf('weight');
  const [value, before] = [valueOf(act, slot), valueOf(accepted, slot)];
  const pairs = ratio?.pairs.filter(({ metric }) => metric === 'weight') ?? [];
  if (pairs.some((pair) => Math.abs(value / before / pair.ratio - 1) <= pair.tolerance)) return 'unit';
  if (jump === null || act.atMs - accepted.atMs > jump.trigger.hours * HOUR_MS) return null;
  // At the limit too: the plausibility table asks again from 5 kg on.
  return Math.abs(difference(value, before)) >= jump.limitKg ? 'person' : null;
}

/** Held back weights as troubles of the rule that holds them. */
export function heldTroubles(held: ReadonlyMap<Act, HeldBack>, why: HeldBack): readonly Trouble[] {
  const slot = slotOf('weight');
  const told =
    why === 'unit'
      ? { nb: 'ser ut som en annen enhet enn før', en: 'looks like another unit than before' }
      : { nb: 'stort sprang, kanskje en annen person', en: 'a large step, perhaps another person' };
  return [...held]
    .filter(([, reason]) => reason === why)
    .map(([act]) => {
      const value = valueWords('weight', valueOf(act, slot));
      return {
        anchor: anchorOfAct(act.id),
        at: act.at,
        receivedAt: act.receivedAt,
        metrics: ['weight'],
        readingIds: [act.id],
        reason: {
          nb: `${capital(METRICS.weight.nb)} ${value.nb}: ${told.nb}. Mål på nytt.`,
          en: `${capital(METRICS.weight.en)} ${value.en}: ${told.en}. Measure again.`,
        },
      };
    });
}

/** Weights that are somebody else's, as was answered, as troubles of the rule that asks: only a weight of the patient's own ends them. */
export function othersTroubles(leftOut: readonly Act[]): readonly Trouble[] {
  return leftOut.flatMap(({ id, at, said, values }) => {
    if (said === null) return [];
    const value = valueWords('weight', values[slotOf('weight')] ?? Number.NaN);
    return {
      anchor: anchorOfAct(said.answerId),
      at,
      receivedAt: said.receivedAt,
      metrics: ['weight'],
      readingIds: [id, said.answerId],
      reason: {
        nb: `${capital(METRICS.weight.nb)} ${value.nb} er ikke pasientens, er det svart. Den er utelatt. Mål på nytt.`,
        en: `${capital(METRICS.weight.en)} ${value.en} is not the patient's, it was answered. It is left out. Measure again.`,
      },
    };
  });
}

/**
 * When every troubled metric has had a valid reading after its last trouble (`next_valid_reading`); null while one has not.
 * @param sinceMs when the rule last fired before the window, if it was standing
 */
export function troubleClearedMs(
  troubles: readonly Trouble[],
  sinceMs: number | null,
  bySlot: readonly (readonly Act[])[],
  held: ReadonlyMap<Act, HeldBack>,
): number | null {
  const lastMs = new Map<Metric | null, number>();
  for (const { metrics, at } of troubles) {
    for (const metric of metrics.length > 0 ? metrics : [null]) lastMs.set(metric, Math.max(at.getTime(), lastMs.get(metric) ?? 0));
  }
  if (lastMs.size === 0 && sinceMs !== null) lastMs.set(null, sinceMs);
  let clearedMs = Number.NEGATIVE_INFINITY;
  for (const [metric, afterMs] of lastMs) {
    const validMs = firstValidMs(metric, afterMs, bySlot, held);
    if (validMs === null) return null;
    clearedMs = Math.max(clearedMs, validMs);
  }
  return Number.isFinite(clearedMs) ? clearedMs : null;
}

/** When a metric (null: any) was next measured after a time so that it can be used; null: not yet. */
export function firstValidMs(
  metric: Metric | null,
  afterMs: number,
  bySlot: readonly (readonly Act[])[],
  held: ReadonlyMap<Act, HeldBack>,
): number | null {
  let first = Number.POSITIVE_INFINITY;
  for (const [slot, acts] of bySlot.entries()) {
    if (metric !== null && slotOf(metric) >= 0 && JUDGED_METRICS[slot] !== metric) continue;
    const valid = acts.find((act) => act.atMs > afterMs && !held.has(act) && !hasDoubt(act, slot));
    if (valid !== undefined) first = Math.min(first, valid.atMs);
  }
  return Number.isFinite(first) ? first : null;
}
