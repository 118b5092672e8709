import { PROGRAMMES, hasOwnLimits, isRuleOn, isRunning, limitInForce, type CarePlan } from '@varde/plans';
import type { Catalogue, Rule } from './catalogue.js';
import type { AppliedLimit, Domain, Finding, Result, Severity, SilenceCause, Window, Words } from './finding.js';
import type { RecordedFinding, RecordedOfRule } from './recorded.js';
import type { Scene } from './scene.js';

/** A rule that had fired and not cleared when the window began. */
export interface StandingRule {
  readonly ruleId: string;
  /** When it last fired: the anchor's time. */
  readonly since: Date;
  /** When its episode first had it: what it fired on before that is of a problem that has been dealt with. Asked only; left out: always. */
  readonly from?: Date;
  /**
   * The vital signs (`Finding.vitals`) of all it has fired on since `from`, as they are known now: of a NEWS2 also those that have come since.
   * Answered only; left out: none.
   */
  readonly vitals?: readonly string[];
}

/** What a rule has found in an open episode, whether it stands or has cleared. */
export interface OpenSignal {
  readonly ruleId: string;
  /** Time of the oldest it has found there: what it found before that is of an episode that has ended. */
  readonly firstAt: Date;
}

/** An open episode as far as rules ask for it. */
export interface OpenEpisode {
  readonly severity: Severity;
  readonly domains: readonly Domain[];
  readonly openedAt: Date;
  /** Left out: not known; then what stands says what has not been dealt with. */
  readonly signals?: readonly OpenSignal[];
}

/** Everything a judgement may know of one patient. */
export interface JudgeInput {
  readonly catalogue: Catalogue;
  readonly plan: CarePlan;
  readonly window: Window;
  /** Observed time of the oldest reading not judged before; null when only a clock ran out. */
  readonly unlookedFrom: Date | null;
  readonly standing: readonly StandingRule[];
  /** Findings recorded before: those whose anchor lies in the window, and pending ones. They are never returned again nor taken back. */
  readonly recorded: readonly RecordedFinding[];
  readonly openEpisodes: readonly OpenEpisode[];
  /** Since when what is agreed for an open episode runs (`scheduleInForce`); null or left out: it does not. */
  readonly closelyFollowedFrom?: Date | null;
  readonly now: Date;
}

/** A rule whose clear condition was met. */
export interface ClearedRule {
  readonly ruleId: string;
  /** Time of the reading that met it, or of the judgement. */
  readonly at: Date;
  /** What must be said of it beside its title, such as a measurement made in time that arrived late. */
  readonly note?: Words;
}

/** What the home is asked for while a grave episode is open, before people are told of its silence. */
export interface FollowUp {
  readonly askAt: Date;
  /** When its silence is told to people unless something comes. */
  readonly dueAt: Date;
  /** The newest act of measuring or answering: what the silence is counted from. */
  readonly afterId: number;
}

/** What the rules say. */
export interface Judgement {
  /** New findings, by time of their anchor. */
  readonly findings: readonly Finding[];
  /** Every clearing in the window, by time; apply one only when it is later than the rule's last finding. */
  readonly cleared: readonly ClearedRule[];
  /** Rules that stand now: fired, not cleared. `since` is when they last fired. */
  readonly standing: readonly StandingRule[];
  /** When the clock alone may change the answer: a re-measure window ends or a measurement falls overdue. */
  readonly nextAt: Date | null;
  /** Null: no grave episode is open, or its silence has been found. */
  readonly followUp: FollowUp | null;
}

/** One judgement under way: what every kind of rule needs. */
export interface Judging {
  readonly input: JudgeInput;
  readonly scene: Scene;
  /** The scene as rules for rest see it; the same one where nothing was measured after exercise. */
  readonly sceneAtRest: Scene;
  readonly recorded: ReadonlyMap<string, RecordedOfRule>;
  readonly unlookedFromMs: number;
  readonly findings: Finding[];
  readonly cleared: ClearedRule[];
  readonly standing: StandingRule[];
  nextMs: number;
  followUp: FollowUp | null;
}

/** Whether a rule runs for a patient at a time: the programmes then in force bring it, none of them replaces it, and nobody rests it. */
export function runsAt(rule: Rule, plan: CarePlan, atMs: number): boolean {
  let bits = 0;
  for (const enrolment of plan.enrolments) {
    if (isRunning(enrolment, atMs)) bits |= 1 << PROGRAMMES.indexOf(enrolment.programme);
  }
  return rule.runsWith[bits] === true && isRuleOn(rule.id, rule.inForce, plan, atMs);
}

/** The limits of a rule in force at a time, with where they come from. */
export function limitsInForce(rule: Rule, plan: CarePlan, at: Date): readonly AppliedLimit[] {
  return rule.ranges.map((range) => limitInForce(range, plan, at));
}

/** The values alone; the catalogue's own when nobody has set a limit for the rule. */
export function limitValues(rule: Rule, plan: CarePlan): (atMs: number) => readonly number[] {
  if (!hasOwnLimits(rule.id, plan)) return () => rule.defaults;
  return (atMs) => limitsInForce(rule, plan, new Date(atMs)).map(({ value }) => value);
}

/** When the rule last fired if it stands from before; null when it does not. */
export function standingSinceMs(rule: Rule, { standing }: JudgeInput): number | null {
  return standing.find(({ ruleId }) => ruleId === rule.id)?.since.getTime() ?? null;
}

/** What a finding without an act is made of. */
export interface Plain {
  readonly result: Result;
  readonly anchor: string;
  readonly at: Date;
  readonly receivedAt: Date;
  readonly readingIds: readonly number[];
  readonly reason: Finding['reason'];
  readonly cause?: SilenceCause;
}

/** A finding of a clock or a device. */
export function plainFinding(rule: Rule, plan: CarePlan, plain: Plain): Finding {
  const { result, anchor, at, receivedAt, readingIds, reason, cause } = plain;
  // In the order of `toFinding`, so that findings have one shape: whatever reads them is then compiled once.
  const finding = {
    ruleId: rule.id,
    ruleVersion: rule.version,
    domain: rule.domain,
    result,
    severity: rule.severity,
    anchor,
    at,
    receivedAt,
    readingIds,
    limits: limitsInForce(rule, plan, at),
    reason,
    pendingUntil: null,
    superseded: false,
  };
  return cause === undefined ? finding : { cause, ...finding };
}
