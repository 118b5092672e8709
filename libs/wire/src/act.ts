import {
  AFTER_EXERCISE,
  METRICS,
  checkPressures,
  isMeasuredAtRest,
  isMetric,
  markAfterExercise,
  plausibility,
  toCanonical,
  type DoubtReason,
  type Metric,
  type Plausibility,
  type RefusedReason,
} from '@varde/vitals';
import { finishCuff } from './cuff.js';
import type { Absent, AbsentReason, Measurement, Quality, Value } from './message.js';
import type { Refusal, RefusalReason } from './refusal.js';
import { qualityDoubt } from './status-bits.js';

/** One value as a sender delivered it, before anybody judged it. */
export interface Delivered {
  readonly type: string;
  readonly value: number;
  readonly unit: string;
}

/** An act as delivered: everything of a `Measurement` but the judgement. */
export interface DeliveredAct extends Omit<Measurement, 'values' | 'printedValues'> {
  readonly delivered: readonly Delivered[];
  /** Whether the device said how the act went: then a flag it did not set says something too. */
  readonly isStatusKnown: boolean;
}

/** What a judged act comes to. */
export interface JudgedAct {
  readonly measurement: Measurement;
  readonly refused: readonly Refusal[];
}

/** A judged value on its way; `refusal` wins over `doubt`. */
interface Draft {
  readonly metric: Metric;
  readonly canonical: number;
  readonly delivered: Delivered;
  verdict: Plausibility;
}

// Special values of SFLOAT and FLOAT that software upstream leaks as numbers, and the usual "nothing here" of byte and word fields.
const LEAKED: ReadonlySet<number> = new Set([2047, 2046, -2046, -2047, -2048, 8388606, 8388607, 8388608, 65535, -1]);
const ZERO_IS_NOTHING: ReadonlySet<Metric> = new Set<Metric>(['pulse', 'spo2', 'weight', 'systolic', 'diastolic', 'map']);
const QUARANTINE: ReadonlySet<RefusedReason> = new Set<RefusedReason>([
  'looks-like-fraction',
  'looks-like-fahrenheit',
  'looks-like-mg-per-dl',
  'looks-like-kpa',
  'swapped',
]);

/** LO and HI: not a number, and yet they say on which side of what the device can show the value lies. */
const OUT_OF_RANGE: Readonly<Partial<Record<AbsentReason, RefusalReason>>> = {
  'negative-infinity': 'below-range',
  'positive-infinity': 'above-range',
};

function isSpecial(metric: Metric, value: number): boolean {
  if (!Number.isFinite(value) || LEAKED.has(value)) return true;
  if (value === 0) return ZERO_IS_NOTHING.has(metric);
  if (value === 255) return metric === 'spo2' || metric === 'pulse';
  return value === 127 && metric === 'spo2';
}

/**
 * Whether the act's oximeter has no finger: then a pulse of 127 is the same code and not a pulse. By itself 127 is an ordinary pulse and is kept,
 * against the letter of devices/README 5.7 step 3: a rule that refused it would hide a tachycardia.
 */
function isWithoutFinger(act: DeliveredAct): boolean {
  for (const { type, value } of act.delivered) if (type === 'spo2' && isSpecial('spo2', value)) return true;
  for (const { metric } of act.absent) if (metric === 'spo2') return true;
  return false;
}

function refusal(index: number, reason: RefusalReason, detail: string, part: Partial<Refusal> = {}): Refusal {
  return { index, reason, detail, metric: null, value: null, implausible: null, otherwise: null, ...part };
}

/** A refusal of a whole act. */
export function refuseAct(index: number, reason: RefusalReason, detail: string): Refusal {
  return refusal(index, reason, detail);
}

const printed = ({ type, value, unit }: Delivered): string => `${type}=${value} ${unit}`;

function printedValues(delivered: readonly Delivered[]): string {
  return delivered.length === 1 && delivered[0] !== undefined ? printed(delivered[0]) : delivered.map(printed).sort().join(';');
}

/** Steps 3 to 5 of devices/README 5.7 for one value by itself: special values, unit, limits. */
function draftOf(act: DeliveredAct, delivered: Delivered, refused: Refusal[]): Draft | null {
  const { type, value, unit } = delivered;
  if (!isMetric(type)) {
    refused.push(refusal(act.index, 'unknown-metric', printed(delivered).slice(0, 80)));
    return null;
  }
  if (isSpecial(type, value) || (value === 127 && type === 'pulse' && isWithoutFinger(act))) {
    refused.push(refusal(act.index, 'special-value', printed(delivered), { metric: type }));
    return null;
  }
  const converted = toCanonical(type, value, unit);
  if (!converted.ok) {
    refused.push(refusal(act.index, 'unit', `${printed(delivered)}, known: ${converted.known.join(' ')}`, { metric: type }));
    return null;
  }
  return { metric: type, canonical: converted.value, delivered, verdict: plausibility(type, converted.value) };
}

function canonicalOf(drafts: readonly Draft[], metric: Metric): number | null {
  for (const draft of drafts) if (draft.metric === metric) return draft.canonical;
  return null;
}

const isPressure = (metric: Metric): boolean => metric === 'systolic' || metric === 'diastolic' || metric === 'map';
const doubt = (reason: DoubtReason): Plausibility => ({ verdict: 'doubtful', reason, otherwise: null });

/** The pressures of the act against each other. A refused pair wins over what each says alone; a doubt never softens a refusal. */
function judgeTogether(drafts: readonly Draft[], isPartnerLost: boolean): void {
  const pressures = {
    systolic: canonicalOf(drafts, 'systolic'),
    diastolic: canonicalOf(drafts, 'diastolic'),
    map: canonicalOf(drafts, 'map'),
  };
  for (const { metric, plausibility: together } of checkPressures(pressures)) {
    const draft = drafts.find((candidate) => candidate.metric === metric);
    if (draft === undefined) continue;
    if (together.verdict === 'refused' || draft.verdict.verdict === 'accepted') draft.verdict = together;
  }
  const isCuffLost =
    isPartnerLost ||
    drafts.some((draft) => draft.verdict.verdict === 'refused' && (draft.metric === 'systolic' || draft.metric === 'diastolic'));
  if (!isCuffLost) return;
  for (const draft of drafts) {
    if (isPressure(draft.metric) && draft.verdict.verdict === 'accepted') draft.verdict = doubt('partner-refused');
  }
}

function valueOf(draft: Draft, quality: Quality): Value {
  return {
    metric: draft.metric,
    value: draft.canonical,
    unit: METRICS[draft.metric].unit,
    deliveredValue: draft.delivered.value,
    deliveredUnit: draft.delivered.unit,
    doubt: draft.verdict.verdict === 'doubtful' ? draft.verdict.reason : qualityDoubt(quality),
  };
}

function refusalOf(index: number, draft: Draft, quality: Quality): Refusal | null {
  // A number at the end of what numbers hold may leave it in conversion or rounding.
  const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
  const own = { metric: draft.metric, value: finite(draft.canonical) };
  if (draft.verdict.verdict === 'refused') {
    const { reason, otherwise } = draft.verdict;
    const kind = QUARANTINE.has(reason) ? 'quarantined' : 'implausible';
    return refusal(index, kind, `${printed(draft.delivered)}: ${reason}`, { ...own, implausible: reason, otherwise: finite(otherwise) });
  }
  return quality === 'invalid' ? refusal(index, 'device-invalid', printed(draft.delivered), own) : null;
}

/**
 * Judges one act: special values, units, limits, pressures against each other, then what the device says of its quality
 * (devices/README 5.7 steps 3, 4, 5 and 7). Every delivered value ends up either in the measurement's values or in `refused`, and so does what
 * lies outside the device's range.
 */
export function judgeAct(act: DeliveredAct): JudgedAct {
  const { delivered } = act;
  const refused: Refusal[] = [];
  const values: Value[] = [];
  if (act.quality === 'test' || act.quality === 'demo') {
    refused.push(refusal(act.index, 'test-data', printedValues(delivered).slice(0, 200)));
  } else {
    if (delivered.length > 0) judgeValues(act, values, refused);
    for (const { metric, reason } of act.absent) {
      const code = OUT_OF_RANGE[reason];
      if (code !== undefined) refused.push(refusal(act.index, code, `${metric} ${reason}`, { metric }));
    }
    if (delivered.length + refused.length === 0) refused.push(refusal(act.index, 'no-value', absentDetail(act.absent)));
  }
  return { measurement: measurementOf(act, values), refused };
}

// Field by field: a spread costs several times as much, and this runs for every message.
function measurementOf(act: DeliveredAct, values: readonly Value[]): Measurement {
  return {
    index: act.index,
    kind: act.kind,
    key: act.key,
    userSlot: act.userSlot,
    deviceTime: act.deviceTime,
    gatewayTime: act.gatewayTime,
    stored: act.stored,
    clockNotSet: act.clockNotSet,
    values,
    absent: act.absent,
    quality: act.quality,
    flags: act.flags,
    context: act.context,
    raw: act.raw,
    answers: act.answers,
    printedValues: printedValues(act.delivered),
  };
}

function judgeValues(act: DeliveredAct, values: Value[], refused: Refusal[]): void {
  const drafts: Draft[] = [];
  for (const delivered of act.delivered) {
    const draft = draftOf(act, delivered, refused);
    if (draft !== null) drafts.push(draft);
  }
  const lost = [...refused, ...act.absent].some(({ metric }) => metric === 'systolic' || metric === 'diastolic');
  if (lost || drafts.some(({ metric }) => isPressure(metric))) judgeTogether(drafts, lost);
  for (const draft of drafts) {
    const refusedDraft = refusalOf(act.index, draft, act.quality);
    if (refusedDraft === null) values.push(valueOf(draft, act.quality));
    else refused.push(refusedDraft);
  }
  if (drafts.some(({ metric }) => metric === 'systolic')) finishCuff(act, values, refused);
  if (act.context['activity'] === AFTER_EXERCISE) markValues(values);
}

/** Says of every value that is measured at rest that it was not. */
function markValues(values: Value[]): void {
  for (const [at, value] of values.entries()) {
    if (isMeasuredAtRest(value.metric)) values[at] = { ...value, doubt: markAfterExercise(value.doubt) };
  }
}

function absentDetail(absent: readonly Absent[]): string {
  return absent.length === 0 ? 'no value at all' : absent.map(({ metric, reason }) => `${metric} ${reason}`).join(', ');
}
