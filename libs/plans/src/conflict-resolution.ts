import type { CarePlan, ReferenceKey } from './care-plan.js';
import { ofPersonal, ofReference, personalLimitAt, type LimitCandidate } from './limit-candidate.js';
import type { LimitRange } from './limit.js';
import { programmesInForce } from './programme.js';
import { referenceAt } from './reference.js';

/**
 * The rows of the catalogue's `conflict_resolution`, word for word; a test compares them with the file. Those that choose among limits or
 * rest a rule have a function below. The others are kept elsewhere:
 * - SpO2 high: the parts `target_88_92` and `on_oxygen` of `copd.spo2.above_target_on_oxygen` and `copd.spo2.over_oxygenated`, judged by the
 *   rules (`context_is`) from the recorded target and the known oxygen;
 * - very high pressure: every programme brings the same rules (`rulesFor`);
 * - temperature: every fever rule of the programmes runs (`rulesFor`), so the lowest speaks first; units that differ by
 *   `SETTLED_BY_PROTECTION`;
 * - breathlessness answer: asked once by `questionsFor`, one episode by the bridge of the alerts. Whoever follows both is told to wait for a
 *   nurse, yellow or red (`adviseOn` of the look); no step of a plan is taken by anything but a person, and `copd.plan.no_improvement`
 *   counts from the step the patient says was taken;
 * - schedule: `unionOfSchedules`, and what the patient agreed to `keepToMeasuringDays`.
 */
export const CONFLICT_RESOLUTION = {
  'SpO2 low': "a physician's personal limit wins; else COPD programme; else 92; heart failure, hypertension and diabetes set none",
  'SpO2 high': 'only with a recorded 88-92 target and oxygen; never inferred from the COPD programme',
  'systolic low':
    'heart failure limits replace the general ones (same person, one set); without heart failure the highest lower limit wins',
  'blood pressure mean target':
    'no automatic merge: frail or 85+ uses the frail target once a physician has confirmed it; until then 135/85 gives info only',
  'very high pressure': 'same for all programmes',
  pulse: 'both ends from the strictest programme, except rate limits set for known atrial fibrillation or pacemaker',
  weight: 'gain rules from heart failure and loss rules from frail/COPD both run; planned diuresis pauses loss for 7 days',
  temperature: 'lowest threshold wins (frail definition)',
  'breathlessness answer':
    'asked once, feeds all programmes, one episode, no automatic plan step when COPD and heart failure are both enrolled: nurse decides (as in the multi-disease action plan trial)',
  schedule: 'union of measures, one session a day, most frequent wins, never more than the patient agreed to',
  'conflict left': 'show both limits and their owners, use the more protective one, raise a physician task',
} as const;

/** What a row is about. */
export type ConflictParameter = keyof typeof CONFLICT_RESOLUTION;

/** A personal limit of a general rule that a programme's own rule stands in for, and what must be added to it. */
interface StandIn {
  readonly ruleId: string;
  readonly parameter: string;
  readonly plus: number;
}

// `copd.spo2.below_target` fires below its limit, `gen.spo2.low` at it too: saturation is read in whole per cents.
const SPO2_LOW: Readonly<Record<string, StandIn>> = {
  'copd.spo2.below_target/target_low': { ruleId: 'gen.spo2.low', parameter: 'limit', plus: 1 },
  'copd.spo2.critical/limit': { ruleId: 'gen.spo2.very_low', parameter: 'limit', plus: 0 },
};

/**
 * "a physician's personal limit wins; else COPD programme; else 92": with COPD the general rules step back (`GIVES_WAY`), but a personal
 * limit that was set on one of them counts for the COPD rule in its place. Without COPD `gen.spo2.low` (at most 91) is what is left.
 */
export function spo2Low(range: LimitRange, plan: CarePlan, at: Date): readonly LimitCandidate[] {
  const standIn = SPO2_LOW[`${range.ruleId}/${range.parameter}`];
  if (standIn === undefined) return [];
  const limit = personalLimitAt(plan, standIn.ruleId, standIn.parameter, at);
  if (limit === null) return [];
  return [{ ...ofPersonal(limit), value: limit.value + standIn.plus, takenFrom: `${standIn.ruleId}/${standIn.parameter}` }];
}

/**
 * "heart failure limits replace the general ones": the general rules step back (`GIVES_WAY`), and the lowest pressure a physician accepts
 * for this person is the limit of the heart failure rule. Without heart failure units that differ are settled by the highest.
 */
export function systolicLow(range: LimitRange, plan: CarePlan, at: Date): readonly LimitCandidate[] {
  if (`${range.ruleId}/${range.parameter}` !== 'hf.sbp.low/without_symptoms') return [];
  const lowest = referenceAt(plan, 'lowest-systolic', at);
  return lowest === null ? [] : [ofReference(lowest)];
}

const FRAIL_AGE = 85;

/** Frail, or 85 and more: by year of birth, as far as it is known. */
export function isFrailOrOld(plan: CarePlan, at: Date): boolean {
  if (programmesInForce(plan, at).includes('frail')) return true;
  const { birthYear } = plan;
  return birthYear !== null && birthYear !== undefined && at.getUTCFullYear() - birthYear >= FRAIL_AGE;
}

/** What the catalogue pairs with a frail target (`htn.mean.high`, evidence note: "145-150/90"): a diastolic, from this systolic on. */
export const FRAIL_TARGET = { systolicFromMmhg: 145, diastolicMmhg: 90 } as const;

/**
 * "frail or 85+ uses the frail target once a physician has confirmed it": no reference, no merge; 135/85 is of severity info. The diastolic
 * limit follows with a target that is a frail one; a stricter target loosens nothing.
 */
export function bloodPressureMeanTarget(range: LimitRange, plan: CarePlan, at: Date): readonly LimitCandidate[] {
  if (range.ruleId !== 'htn.mean.high' || !isFrailOrOld(plan, at)) return [];
  const target = referenceAt(plan, 'frail-pressure-target', at);
  if (target === null) return [];
  if (range.parameter === 'sbp') return [ofReference(target)];
  if (range.parameter !== 'dbp' || target.value < FRAIL_TARGET.systolicFromMmhg) return [];
  return [{ ...ofReference(target), value: FRAIL_TARGET.diastolicMmhg }];
}

/** The general rules whose personal limits are rate limits, the graver first, by the end they keep. */
export const RATE_RULES = { high: ['gen.pulse.very_high', 'gen.pulse.high'], low: ['gen.pulse.very_low'] } as const;

/**
 * "both ends from the strictest programme": `hf.pulse` runs beside the general rules, so the stricter of them speaks first. "except rate
 * limits set for known atrial fibrillation or pacemaker": when personal limits are set for that reason at both ends, `hf.pulse`, whose
 * numbers are fixed, rests. With one end only nothing is left out, and the conflict is shown.
 */
export function pulse(plan: CarePlan, at: Date): 'strictest' | 'personal-rates' | 'one-end-only' {
  if (plan.limits.length === 0) return 'strictest';
  const isKnown =
    referenceAt(plan, 'atrial-fibrillation', at)?.value === 1 || (referenceAt(plan, 'pacemaker-lower-rate', at)?.value ?? 0) > 0;
  if (!isKnown) return 'strictest';
  const isSet = (ruleId: string): boolean => personalLimitAt(plan, ruleId, 'limit', at) !== null;
  const [high, low] = [RATE_RULES.high.some(isSet), RATE_RULES.low.some(isSet)];
  if (high && low) return 'personal-rates';
  return high || low ? 'one-end-only' : 'strictest';
}

/** How long a planned diuresis rests the loss rules. */
export const DIURESIS_DAYS = 7;
const DAY_MS = 86_400_000;

/** "planned diuresis pauses loss for 7 days": until when; null when none is under way. Gain is never paused. */
export function weightLossRestsUntil(plan: CarePlan, at: Date): Date | null {
  const diuresis = referenceAt(plan, 'planned-diuresis', at);
  if (diuresis?.value !== 1) return null;
  const until = new Date(diuresis.validFrom.getTime() + DIURESIS_DAYS * DAY_MS);
  return at < until ? until : null;
}

/** "show both limits and their owners, use the more protective one": all that were set, the more protective first. */
export function conflictLeft(range: LimitRange, candidates: readonly LimitCandidate[]): readonly LimitCandidate[] {
  const sign = range.lessSensitive === 'lower' ? -1 : 1;
  return [...candidates].sort(
    (a, b) => sign * (a.value - b.value) || a.validFrom.getTime() - b.validFrom.getTime() || a.ownerId - b.ownerId,
  );
}

/** Rules whose differing unit limits a row settles by the more protective one, so that no physician need be asked. */
export const SETTLED_BY_PROTECTION: Readonly<Record<string, ConflictParameter>> = {
  'gen.sbp.very_low': 'systolic low',
  'gen.sbp.low': 'systolic low',
  'gen.pulse.very_high': 'pulse',
  'gen.pulse.high': 'pulse',
  'gen.pulse.very_low': 'pulse',
  'gen.temp.high': 'temperature',
  'gen.temp.very_high': 'temperature',
};

/** What else than its own limits can move a limit of a rule: another rule's personal limits, or a reference. */
export const MOVED_BY: Readonly<Record<string, { readonly ruleId?: string; readonly reference?: ReferenceKey }>> = {
  'copd.spo2.below_target': { ruleId: 'gen.spo2.low' },
  'copd.spo2.critical': { ruleId: 'gen.spo2.very_low' },
  'hf.sbp.low': { reference: 'lowest-systolic' },
  'htn.mean.high': { reference: 'frail-pressure-target' },
};
