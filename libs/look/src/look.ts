import { closelyFollowedFrom } from '@varde/alerts';
import { nextPlanChangeAt, nextTreatmentLimitsChangeAt, tasksOf, treatmentLimitsEnded, type CarePlan, type TaskDraft } from '@varde/plans';
import { limitsTasks, NoOwner } from '@varde/routing';
import {
  baselinesOf,
  DRIFT_TASK,
  findDrift,
  hasFired,
  judge,
  lateSeverity,
  type Catalogue,
  type ClearedRule,
  type Finding,
  type Words,
} from '@varde/rules';
import { decide, type GradedFinding, type Judged } from './decide.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';
import { news2Tasks } from './news2-task.js';
import { reviewTask } from './pressure-week.js';
import { requestedTasks } from './requested-task.js';
import { treatmentTasks } from './treatment-started.js';

/** A look that could not be finished is itself a finding of this rule, which the catalogue does not have: it is about us. */
export const CANNOT_BE_JUDGED = 'gen.tech.cannot_be_judged';

const DRIFT_UNASKED: readonly string[] = [DRIFT_TASK];

/**
 * The look: care plan, readings, open episodes and the time in; findings, episode steps, notices and when to look next out (DESIGN section 2).
 * Pure: the same input gives the same outcome, and looking again after the outcome was written changes nothing.
 * @throws NoOwner when an episode must open and the team has no unit that can own it
 * @throws RangeError for an unknown zone, and for a next look that is not in the future (a bug)
 */
export function look(input: LookInput): LookOutcome {
  const { catalogue, plan, team, window, unlookedFrom, recorded, now } = input;
  const { treatmentLimits = [] } = team;
  const { firstDays } = window;
  const openEpisodes = input.episodes.filter(({ closedAt }) => closedAt === null);
  const signals = openEpisodes.flatMap((episode) => episode.signals);
  const standing = signals
    .filter((signal) => signal.standing)
    .map(({ ruleId, firstAt, lastAt }) => ({ ruleId, since: lastAt, from: firstAt }));
  const followed = { openEpisodes, closelyFollowedFrom: closelyFollowedFrom(openEpisodes) };
  const {
    findings,
    cleared,
    standing: standingNow,
    nextAt,
    followUp,
  } = judge({ catalogue, plan, window, unlookedFrom, standing, recorded, ...followed, now });
  const agreed = agreedAt(plan, catalogue, now);
  const judgedAgain = standing.some(({ ruleId }) => ruleId === CANNOT_BE_JUDGED) ? [{ ruleId: CANNOT_BE_JUDGED, at: now }] : [];
  const keptTasks = [reviewTask(input), ...treatmentTasks(input), treatmentLimitsEnded(treatmentLimits, plan.zone, now)].filter(
    (task) => task !== null,
  );
  const outcome = decide(input, {
    findings: findings.map(grade),
    cleared: [...cleared, ...judgedAgain].map((each) => ({ reason: clearedWords(catalogue, each), ...each })),
    standing: standingNow,
    nextAt: earlier(earlier(nextAt, agreed.nextAt), nextTreatmentLimitsChangeAt(treatmentLimits, now)),
    followUp,
    tasks: [
      ...agreed.tasks,
      ...limitsTasks(team, now),
      ...news2Tasks({ findings, signals }, plan, now),
      ...requestedTasks({ findings, signals }),
      ...(firstDays === undefined ? [] : findDrift(plan, baselinesOf(window.dailyMedians, catalogue.spreadFloors), firstDays, now)),
    ],
    unaskedTasks: firstDays === undefined ? DRIFT_UNASKED : [],
  });
  return keptTasks.length === 0 ? outcome : { ...outcome, keptTasks };
}

/** What follows from a plan alone, from `fromMs` until it changes by itself. */
interface Agreed {
  readonly catalogue: Catalogue;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly tasks: readonly TaskDraft[];
  readonly nextAt: Date | null;
}

const AGREED = new WeakMap<CarePlan, Agreed>();

/** The tasks of a plan and when it changes next: worked out once between two changes, for a rehearsal looks at the same plan a thousand times. */
function agreedAt(plan: CarePlan, catalogue: Catalogue, now: Date): Agreed {
  const known = AGREED.get(plan);
  const nowMs = now.getTime();
  if (known?.catalogue === catalogue && nowMs >= known.fromMs && nowMs < known.untilMs) return known;
  const nextAt = nextPlanChangeAt(plan, now);
  // Age is known by year of birth: a new year changes it.
  const newYearMs = Date.UTC(now.getUTCFullYear() + 1, 0, 1);
  const untilMs = Math.min(nextAt?.getTime() ?? newYearMs, newYearMs);
  const made = { catalogue, fromMs: nowMs, untilMs, tasks: tasksOf(plan, catalogue, now), nextAt };
  AGREED.set(plan, made);
  return made;
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/**
 * What is left to do for a patient whose look has thrown: a technical finding says so on the worklist, once for as long as it lasts, and the
 * clocks of the patient's episodes go on. A team without an owner leaves only the finding. The readings are to be looked at again.
 */
export function cannotBeJudged(input: LookInput): LookOutcome {
  const isKnown = input.episodes.some(
    ({ closedAt, signals }) => closedAt === null && signals.some(({ ruleId, standing }) => standing && ruleId === CANNOT_BE_JUDGED),
  );
  const findings = isKnown ? [] : [cannotBeJudgedFinding(input.now)];
  const judged: Judged = { findings: findings.map(grade), cleared: [], nextAt: null };
  try {
    return decide(input, judged);
  } catch (error) {
    if (!(error instanceof NoOwner)) throw error;
    return { findings, episodes: [], tasks: null, asks: [], settledAsks: [], advice: [], answeredAdvice: [], nextLookAt: null };
  }
}

/** The late-data policy, said beside the finding's own reason. Only what fired can tell anybody. */
function grade(finding: Finding): GradedFinding {
  if (!hasFired(finding.result)) return { finding, severity: null, reason: finding.reason };
  const { severity, note } = lateSeverity(finding);
  const { nb, en } = finding.reason;
  return { finding, severity, reason: note ? { nb: `${nb} ${note.nb}`, en: `${en} ${note.en}` } : finding.reason };
}

function clearedWords(catalogue: Catalogue, { ruleId, note }: ClearedRule): Words {
  const title = catalogue.entries.get(ruleId)?.title ?? { nb: 'Pasienten kan vurderes igjen', en: 'The patient can be judged again' };
  const said = note === undefined ? { nb: '', en: '' } : { nb: `. ${note.nb}`, en: `. ${note.en}` };
  return { nb: `Klart: ${title.nb}${said.nb}`, en: `Clear: ${title.en}${said.en}` };
}

function cannotBeJudgedFinding(now: Date): Finding {
  return {
    ruleId: CANNOT_BE_JUDGED,
    ruleVersion: 1,
    domain: 'technical',
    result: 'fire',
    severity: 'yellow',
    anchor: `t:${now.toISOString()}`,
    at: now,
    receivedAt: now,
    readingIds: [],
    limits: [],
    reason: {
      nb: 'Målingene kan ikke vurderes; de er lagret og vurderes på nytt',
      en: 'The readings cannot be judged; they are kept and will be judged again',
    },
    pendingUntil: null,
    superseded: false,
  };
}
