import type { Sentence } from '@varde/vitals';
import { newestValid } from './limit-candidate.js';
import { momentOfYearWords } from './moment-words.js';
import type { TaskDraft } from './task.js';

const DAY_MS = 86_400_000;
/** The physician is told so long before they end. */
const ENDING_MS = 14 * DAY_MS;
/** Whoever was away is still told that they have run out. Shorter than a closed task rests, so that none comes back. */
const ENDED_MS = 6 * DAY_MS;
/** What is decided of somebody's treatment is gone through at least once a year. */
const REVIEW_DAYS_MAX = 366;

/** From which severity on they name who has an episode: what is red and critical, or only what is critical. */
export const TREATMENT_LIMITS_FROM = ['red', 'critical'] as const;
/** One of them. */
export type TreatmentLimitsFrom = (typeof TREATMENT_LIMITS_FROM)[number];

/**
 * What a physician has decided for one patient (behandlingsbegrensning), such as palliative care at home: which unit has what is red or
 * critical in place of the pathway's. Whatever is found is recorded and shown as for everybody. One version, never overwritten; one with an
 * end lies over the standing one, which comes back after it.
 */
export interface TreatmentLimits {
  readonly id: number;
  readonly fromSeverity: TreatmentLimitsFrom;
  readonly unitId: number;
  readonly unitName: string;
  /** What is and is not to be done, in the physician's words, for whoever acts. */
  readonly decision: string;
  /** Whom to call there: a name, a telephone number. */
  readonly contact: string;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly setByName: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  /** When a physician must look at them again; past it they are outdated but still followed. */
  readonly reviewBy: Date;
  /** Who ended them before their time. */
  readonly endedByPersonId: number | null;
  readonly version: number;
}

/** What a route asks of them. */
export type RoutedLimits = Pick<
  TreatmentLimits,
  'fromSeverity' | 'unitId' | 'unitName' | 'validFrom' | 'validTo' | 'reviewBy' | 'endedByPersonId' | 'version'
>;

/** What must be read of them before anybody acts. */
type ReadFirst = Pick<TreatmentLimits, 'version' | 'decision' | 'unitName' | 'contact'>;

/** Treatment limits that a physician wants to record. */
export type ProposedTreatmentLimits = Pick<
  TreatmentLimits,
  'fromSeverity' | 'unitId' | 'decision' | 'contact' | 'reason' | 'validFrom' | 'validTo' | 'reviewBy'
>;

/** What is wrong with treatment limits, each in one sentence; empty: they may be kept. */
export function faultsOfTreatmentLimits(proposed: ProposedTreatmentLimits): readonly Sentence[] {
  const { decision, contact, reason, validFrom, validTo, reviewBy } = proposed;
  const faults: Sentence[] = [];
  const refuse = (nb: string, en: string): void => void faults.push({ nb, en });
  if (decision.trim() === '') refuse('skriv hva som er bestemt', 'say what is decided');
  if (contact.trim() === '') refuse('skriv hvem som skal ringes', 'say whom to call');
  if (reason.trim() === '') refuse('en begrunnelse trengs', 'a reason is needed');
  if (validTo !== null && validTo <= validFrom) refuse('de slutter før de begynner', 'they end before they begin');
  if (reviewBy <= validFrom || reviewBy.getTime() > validFrom.getTime() + REVIEW_DAYS_MAX * DAY_MS) {
    refuse('de vurderes på nytt etter at de begynner, og innen et år', 'they are reviewed after they begin, and within a year');
  }
  return faults;
}

/** The version in force at an instant; null: none is. */
export function treatmentLimitsAt<Limits extends RoutedLimits>(versions: readonly Limits[], atMs: number): Limits | null {
  return newestValid(versions, atMs);
}

/** What is decided, and whom to call, for whoever is about to act. */
export function treatmentLimitsWords({ version, decision, unitName, contact }: ReadFirst): Sentence {
  return {
    nb: `Behandlingsbegrensninger (versjon ${version}): ${decision} Den som skal ringes: ${unitName}, ${contact}`,
    en: `Treatment limits (version ${version}): ${decision} To call: ${unitName}, ${contact}`,
  };
}

/** What a physician is asked to do about those in force: review what is outdated, renew what is about to end. */
export function treatmentLimitsTasks(versions: readonly RoutedLimits[], zone: string, now: Date): readonly TaskDraft[] {
  const nowMs = now.getTime();
  const limits = treatmentLimitsAt(versions, nowMs);
  if (limits === null) return [];
  const { reviewBy, validTo } = limits;
  const isOutdated = reviewBy <= now;
  const isEnding = validTo !== null && validTo.getTime() - ENDING_MS <= nowMs && treatmentLimitsAt(versions, validTo.getTime()) === null;
  return [
    ...(isOutdated ? [taskOf('outdated', limits, { dueAt: reviewBy, zone })] : []),
    ...(isEnding ? [taskOf('ending', limits, { dueAt: validTo, zone })] : []),
  ];
}

/**
 * What a physician is told when those that ended last have run out by themselves: the pathway's route is back without
 * anybody's deciding so. It is open until they have done it; null: that is not so, or long ago.
 */
export function treatmentLimitsEnded(versions: readonly RoutedLimits[], zone: string, now: Date): TaskDraft | null {
  if (treatmentLimitsAt(versions, now.getTime()) !== null) return null;
  const ended = versions.flatMap((limits) => (limits.validTo !== null && limits.validTo <= now ? [{ limits, at: limits.validTo }] : []));
  const [last] = ended.sort((a, b) => b.at.getTime() - a.at.getTime() || b.limits.version - a.limits.version);
  if (last === undefined || last.limits.endedByPersonId !== null || now.getTime() >= last.at.getTime() + ENDED_MS) return null;
  return taskOf('ended', last.limits, { dueAt: last.at, zone });
}

const TASK_WORDS: Readonly<Record<'outdated' | 'ending' | 'ended', (version: number, at: Sentence) => Sentence>> = {
  outdated: (version, at) => ({
    nb: `Behandlingsbegrensningene (versjon ${version}) skulle vært vurdert på nytt ${at.nb}; de følges fortsatt`,
    en: `The treatment limits (version ${version}) were to be reviewed by ${at.en}; they are still followed`,
  }),
  ending: (version, at) => ({
    nb: `Behandlingsbegrensningene (versjon ${version}) går ut ${at.nb}; da gjelder forløpet igjen`,
    en: `The treatment limits (version ${version}) end on ${at.en}; the pathway's route applies again then`,
  }),
  ended: (version, at) => ({
    nb: `Behandlingsbegrensningene (versjon ${version}) gikk ut ${at.nb}; forløpet gjelder igjen`,
    en: `The treatment limits (version ${version}) ended on ${at.en}; the pathway's route applies again`,
  }),
};

function taskOf(
  what: keyof typeof TASK_WORDS,
  { version }: RoutedLimits,
  { dueAt, zone }: { readonly dueAt: Date; readonly zone: string },
): TaskDraft {
  const kind = `treatment-limits-${what}`;
  const reason = TASK_WORDS[what](version, momentOfYearWords(zone, dueAt));
  return { key: `${kind}:${version}`, kind, ruleId: null, forRole: 'physician', reason, dueAt };
}

/** When they, or what is asked about them, may next change by the clock alone; null: not by themselves. */
export function nextTreatmentLimitsChangeAt(versions: readonly RoutedLimits[], now: Date): Date | null {
  const moments = versions.flatMap(({ validFrom, validTo, reviewBy }) => [
    ...[validFrom, reviewBy],
    ...(validTo === null ? [] : [validTo, new Date(validTo.getTime() - ENDING_MS)]),
  ]);
  return moments.filter((at) => at > now).reduce<Date | null>((next, at) => (next === null || at < next ? at : next), null);
}
