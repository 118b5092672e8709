import { referenceAtMs, type CarePlan } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { ANSWERS_SLOT, hasDoubt, hasValue, valueOf, type Act, type Acts } from '../act.js';
import { slotOf } from '../measure.js';
import { oxygenAt, type OxygenStatus } from '../oxygen.js';
import { readOff, type News2Chart, type News2Measured, type News2Part, type News2Scale } from './chart.js';
import { scoreNews2, type News2Fault, type News2Result } from './score.js';

/** Where a part of a score comes from. */
export interface News2Source {
  readonly part: News2Part;
  /** Null when it is the clinician's standing decision (oxygen at home). */
  readonly act: Act | null;
}

/** NEWS2 as it stood at a time, made of what was measured and answered shortly before. */
export interface ComposedNews2 {
  readonly atMs: number;
  readonly result: News2Result;
  readonly sources: readonly News2Source[];
  /** Time of the oldest rate, saturation, pressure or pulse in it; `atMs` when there is none. */
  readonly oldestFastMs: number;
}

/**
 * Two readings of one part this close together are readings at one time, and how far apart they may be (README 1.3): within it the worse
 * counts, outside it nobody knows which to believe.
 */
const ONE_TIME_MS = 60_000;
const TOLERANCES: Readonly<Record<News2Measured, number>> = {
  'respiratory-rate': 3,
  spo2: 3,
  systolic: 10,
  pulse: 5,
  temperature: 0.3,
};
/** Parts of a score that are measured: each is a metric. */
export const MEASURED = Object.keys(TOLERANCES) as News2Measured[];
const SLOTS = MEASURED.map((part) => slotOf(part));
/** Metrics a score is made of. */
export const NEWS2_METRICS: readonly Metric[] = [...MEASURED, 'o2-flow'];
/** Slots of what a score is made of; an act without any of them cannot change it. */
export const NEWS2_SLOTS: readonly number[] = [...SLOTS, slotOf('o2-flow'), ANSWERS_SLOT];
/** Item code of the ACVPU answer. */
const CONSCIOUSNESS = 'consciousness';
/** Item code of the question whether somebody is confused in a new way, and the code of ACVPU that it is. */
const NEW_CONFUSION = 'new_confusion';
const CONFUSED = 'C';

/** Composes the score as of a time. Doubtful readings are left out: a part that is only doubtful is missing. */
export function composeNews2(chart: News2Chart, acts: Acts, plan: CarePlan, atMs: number): ComposedNews2 {
  const slowFromMs = atMs - chart.slowFreshMs;
  const span = { atMs, flowFromMs: slowFromMs, flowToMs: atMs, answerFromMs: slowFromMs, answerToMs: atMs };
  const oxygen = oxygenAt(acts, plan, span);
  const hasScale2Order = isScale2Ordered(plan, atMs);
  const faults: News2Fault[] = [];
  const sources: News2Source[] = [];
  let oldestFastMs = atMs;
  const values = MEASURED.map((part, at) => {
    const isSlow = part === 'temperature';
    const found = findPart(acts.bySlot[SLOTS[at] ?? -1] ?? [], SLOTS[at] ?? -1, {
      fromMs: isSlow ? slowFromMs : atMs - chart.freshMs,
      atMs,
    });
    const [newest] = found;
    if (newest === undefined) return null;
    const chosen = settle(part, found, scaleOf(chart, part, hasScale2Order, oxygen));
    if (chosen === null) faults.push({ part, fault: 'conflicting-readings' });
    sources.push({ part, act: chosen ?? newest });
    if (!isSlow) oldestFastMs = Math.min(oldestFastMs, (chosen ?? newest).atMs);
    return valueOf(chosen ?? newest, SLOTS[at] ?? -1);
  });
  const [respiratoryRatePerMin = null, spo2Percent = null, systolicMmhg = null, pulsePerMin = null, temperatureCelsius = null] = values;
  const awake = findConsciousness(chart, acts, { fromMs: slowFromMs, atMs });
  if (awake !== null) sources.push({ part: 'consciousness', act: awake.act });
  if (oxygen !== null) sources.push({ part: 'oxygen', act: oxygen.act });
  const ageYears = ageYearsAt(plan, atMs);
  // Of a child there is no score, whatever the readings say of each other.
  const isTooYoung = ageYears !== null && ageYears < chart.ageYearsMin;
  const result: News2Result =
    faults.length > 0 && !isTooYoung
      ? { status: 'invalid', faults }
      : scoreNews2(chart, {
          respiratoryRatePerMin,
          spo2Percent,
          systolicMmhg,
          pulsePerMin,
          temperatureCelsius,
          hasScale2Order,
          spo2Scale: hasScale2Order ? 2 : 1,
          onOxygen: oxygen?.isOn ?? null,
          consciousness: awake?.code ?? null,
          ageYears,
          // Nobody is asked.
          isPregnant: false,
        });
  return { atMs, result, sources, oldestFastMs };
}

/** Of the year alone: who turns sixteen this year counts as sixteen. Null when nobody has said. */
function ageYearsAt({ birthYear }: CarePlan, atMs: number): number | null {
  return birthYear === null || birthYear === undefined ? null : new Date(atMs).getUTCFullYear() - birthYear;
}

/**
 * Scale 2 is a decision with the target of 88-92 % (`scale_selection.scale_2_requires`). Where that target has been refused the two contradict
 * one another, and scale 1 is the safer; where it is not recorded the decision stands, and a task asks for it.
 */
function isScale2Ordered(plan: CarePlan, atMs: number): boolean {
  return referenceAtMs(plan, 'news2-scale-2', atMs)?.value === 1 && referenceAtMs(plan, 'spo2-target-88-92', atMs)?.value !== 0;
}

/** Whether an act has anything a score is made of. */
export function carriesPart(act: Act): boolean {
  if (act.answers !== null && (act.answers[CONSCIOUSNESS] !== undefined || act.answers['on_oxygen'] !== undefined)) return true;
  if (act.answers?.[NEW_CONFUSION] === true) return true;
  return NEWS2_SLOTS.some((slot) => slot !== ANSWERS_SLOT && hasValue(act, slot));
}

interface Fresh {
  readonly fromMs: number;
  readonly atMs: number;
}

/** The newest trustworthy reading in a span and those taken at the same time, newest first. */
function findPart(acts: readonly Act[], slot: number, { fromMs, atMs }: Fresh): readonly Act[] {
  let newest: Act | null = null;
  let more: Act[] | null = null;
  for (let at = acts.length - 1; at >= 0; at--) {
    const act = acts[at];
    if (act === undefined || act.atMs > atMs) continue;
    if (act.atMs < fromMs || (newest !== null && newest.atMs - act.atMs >= ONE_TIME_MS)) break;
    if (hasDoubt(act, slot)) continue;
    if (newest === null) newest = act;
    else (more ??= [newest]).push(act);
  }
  return more ?? (newest === null ? NONE : [newest]);
}

const NONE: readonly Act[] = [];

/** Of readings at one time the worse, when they agree; null when they do not. */
function settle(part: News2Measured, found: readonly Act[], scale: News2Scale): Act | null {
  const slot = slotOf(part);
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let worst: Act | null = null;
  for (const act of found) {
    const value = valueOf(act, slot);
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
    if (worst === null || readOff(scale, value).points > readOff(scale, valueOf(worst, slot)).points) worst = act;
  }
  // In whole ten-thousandths, as values are stored: 36.8 and 37.1 are 0.3 apart and not a little more.
  return Math.round((highest - lowest) * 1e4) > Math.round(TOLERANCES[part] * 1e4) ? null : worst;
}

function scaleOf(chart: News2Chart, part: News2Measured, hasScale2Order: boolean, oxygen: OxygenStatus | null): News2Scale {
  switch (part) {
    case 'respiratory-rate':
      return chart.respiratoryRate;
    case 'spo2':
      if (!hasScale2Order) return chart.spo2Scale1;
      return oxygen?.isOn === false ? chart.spo2Scale2Air : chart.spo2Scale2Oxygen;
    case 'systolic':
      return chart.systolic;
    case 'pulse':
      return chart.pulse;
    case 'temperature':
      return chart.temperature;
  }
}

/**
 * The newest code that was answered; C where the newest answer is that the person is confused in a new way and the code scores less: the
 * home is asked that question, ACVPU only at a visit.
 */
function findConsciousness(chart: News2Chart, acts: Acts, fresh: Fresh): { readonly code: string; readonly act: Act } | null {
  const coded = newestAnswer(acts, CONSCIOUSNESS, fresh);
  const code = coded === null ? null : String(coded.answers?.[CONSCIOUSNESS]);
  const confused = newestAnswer(acts, NEW_CONFUSION, fresh);
  const scoresLess = code === null || (chart.consciousness.get(code) ?? Number.NaN) < (chart.consciousness.get(CONFUSED) ?? Number.NaN);
  if (confused?.answers?.[NEW_CONFUSION] === true && scoresLess) return { code: CONFUSED, act: confused };
  return code === null || coded === null ? null : { code, act: coded };
}

function newestAnswer(acts: Acts, item: string, { fromMs, atMs }: Fresh): Act | null {
  const sets = acts.bySlot[ANSWERS_SLOT] ?? [];
  for (let at = sets.length - 1; at >= 0; at--) {
    const set = sets[at];
    if (set === undefined || set.atMs > atMs) continue;
    if (set.atMs < fromMs) return null;
    if (set.answers?.[item] !== undefined) return set;
  }
  return null;
}
