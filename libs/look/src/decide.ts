import {
  breathlessTimes,
  chooseEpisode,
  isWorse,
  keepBehindCall,
  letFromBehindCall,
  nextEpisode,
  stateOf,
  worst,
  type Episode,
  type Placement,
  type Step,
} from '@varde/alerts';
import { chooseOwner } from '@varde/routing';
import type { TaskDraft } from '@varde/plans';
import {
  findingKey,
  groupRecorded,
  hasFired,
  isWaited,
  latenessMs,
  nearestCause,
  SEVERITIES,
  TOLD_ANEW,
  TOLD_AT_ONCE,
  type Finding,
  type FollowUp,
  type Severity,
  type SilenceCause,
  type StandingRule,
  type Words,
} from '@varde/rules';
import { answersToAdvice, askWhetherItHelped, noticeOfAnswer } from './advice-answers.js';
import type { AdviceAnswered, AdviceDraft } from './advice.js';
import { patientAnswered, toldPatient } from './advise-words.js';
import { adviseOn, heldBehindCall, isOfNoValues, saysWell, tellSettled } from './advise.js';
import { asksOf, settledAsks } from './ask-home.js';
import { afterTelling, isBehindCall, isCalledBy, isCallWaiting, isDoneByCall } from './call-stands.js';
import { climb, gpTasks } from './climb.js';
import { followUpAsks, settledFollowUp } from './follow-up.js';
import { isCoveredWithin } from './inhibit.js';
import type { EpisodeChange, LookInput, LookOutcome } from './input-and-outcome.js';
import { tellWeekBeforeReview } from './pressure-week.js';
import { tellPerhapsLow } from './low-sugar.js';
import { findBridge, mergeBridged } from './merge-bridged.js';
import { nextLook } from './next-look.js';
import { besideOld, noteBeside } from './old-finding.js';
import { hasOnlySnoozed, isSnoozed } from './snoozed.js';
import { askForWarningSigns } from './warning-signs.js';
import { askWhoseWeight } from './whose-weight.js';
import { begin, bringsRed, foundAsGrave, isNew, isSaid, latenessOf, open, take, type ToldFinding, type Work } from './work.js';

/** A finding with what the late-data policy makes of it; severity null: kept, but too old to tell anybody. */
export interface GradedFinding {
  readonly finding: Finding;
  readonly severity: Severity | null;
  readonly reason: Words;
}

/** What rules say at one look, ready to be acted on. */
export interface Judged {
  readonly findings: readonly GradedFinding[];
  readonly cleared: readonly { readonly ruleId: string; readonly at: Date; readonly reason: Words }[];
  /** Rules that stand now; left out: not known. */
  readonly standing?: readonly StandingRule[] | undefined;
  /** When rules want to be asked again by the clock alone. */
  readonly nextAt: Date | null;
  /** Tasks wanted now; null or left out: not known. */
  readonly tasks?: readonly TaskDraft[] | null;
  /** As in the outcome. */
  readonly unaskedTasks?: readonly string[];
  /** What is waited for in a grave episode; null or left out: nothing. */
  readonly followUp?: FollowUp | null;
}

/** Acts of measuring of one look, by anchor: those whose signal was kept quiet, and those that something grave was found of and is told. */
interface Acts {
  readonly suppressed: Set<string>;
  readonly grave: ReadonlySet<string>;
  /** What was found of an old one beside its one yellow. */
  readonly beside: Set<Finding>;
}

const isGrave = ({ finding, severity }: GradedFinding): boolean =>
  hasFired(finding.result) && severity !== null && isWorse(severity, 'yellow');

/** What follows from what rules say: findings into episodes, clears, ends, acknowledgements that run out, ladders, and the next look. */
export function decide(input: LookInput, judged: Judged): LookOutcome {
  const { now } = input;
  const fresh = freshFindings(input, judged.findings);
  const findings = fresh.map(({ finding }) => finding);
  const works: Work[] = input.episodes.map((episode) => begin(episode, episode));
  const grave = new Set(fresh.filter(isGrave).map(({ finding }) => finding.anchor));
  const acts: Acts = { suppressed: new Set(), grave, beside: new Set() };
  for (const each of fresh) takeFinding(input, works, each, acts);
  foldNew(input, works, fresh, { ...acts, standing: judged.standing });
  for (const cleared of judged.cleared) {
    for (const work of open(works)) {
      take(work, { kind: 'cleared', at: now, ruleId: cleared.ruleId, observedAt: cleared.at, reason: cleared.reason });
    }
  }
  for (const work of open(works)) runOut(input, work);
  mergeBridged(input, works, judged.standing);
  // After all that has run out, so that what covers another does not depend on which comes first.
  const ofPatient = open(works).map(({ episode }) => episode);
  for (const work of open(works)) climb(input, work, ofPatient);
  const answeredAdvice = answersToAdvice(input);
  let mayTellWell = open(works).length > 0 && !isMeasuring(input, judged);
  // The gravest first: beside a call for 113 nothing milder is told.
  for (const work of open(works).sort((a, b) => SEVERITIES.indexOf(b.episode.severity) - SEVERITIES.indexOf(a.episode.severity))) {
    for (const answer of answeredAdvice) takeAnswer(input, works, work, answer);
    tellPatient(input, work, { works, mayTellWell });
    keepFromUnit(input, work);
    if (work.advice.some(saysWell)) mayTellWell = false;
  }
  tellWhatWaited(input, works);
  const { draft: question, nextAt: questionAt } = askWhetherItHelped(input);
  const atOnce = [
    ...[tellPerhapsLow(findings, now), askForWarningSigns(input, findings)],
    ...[askWhoseWeight(input, findings), tellWeekBeforeReview(input)],
  ];
  const ofNoEpisode = [question, tellEnd(input, works, judged), ...atOnce].filter((draft) => draft !== null);
  const stillOpen = open(works).map(({ episode }) => episode);
  return {
    findings,
    episodes: works.flatMap(toChange),
    tasks: judged.tasks ? [...judged.tasks, ...gpTasks(input, works)] : null,
    unaskedTasks: judged.unaskedTasks ?? [],
    asks: [...asksOf(input, findings, judged.cleared), ...followUpAsks(input, judged.followUp ?? null, stillOpen)],
    settledAsks: [...settledAsks(input, findings, judged.cleared), ...settledFollowUp(input)],
    advice: ofNoEpisode,
    answeredAdvice,
    nextLookAt: nextLook(input, { ...judged, nextAt: earlier(judged.nextAt, questionAt) }, works),
  };
}

/** More is being measured: what it will say is waited for. */
function isMeasuring({ recorded, catalogue, now }: LookInput, { findings }: Judged): boolean {
  return (
    findings.some(({ finding: { pendingUntil } }) => pendingUntil !== null && pendingUntil > now) || isWaited(recorded, catalogue, now)
  );
}

/** Findings not recorded before, each once, in an order that does not depend on how they came: by time, gravest first. */
function freshFindings(input: LookInput, graded: readonly GradedFinding[]): GradedFinding[] {
  if (graded.length === 0) return [];
  const recorded = groupRecorded(input.recorded);
  const isRecorded = ({ ruleId, anchor, result }: Finding): boolean => recorded.get(ruleId)?.has(anchor, result) === true;
  const taken = new Set<string>();
  const rank = ({ finding, severity }: GradedFinding) =>
    (finding.superseded ? SEVERITIES.length : 0) - (severity ? SEVERITIES.indexOf(severity) : 0);
  return [...graded]
    .sort(
      (a, b) =>
        a.finding.at.getTime() - b.finding.at.getTime() || rank(a) - rank(b) || byText(findingKey(a.finding), findingKey(b.finding)),
    )
    .filter(({ finding }) => {
      const key = findingKey(finding);
      const isNew = !taken.has(key) && !isRecorded(finding);
      taken.add(key);
      return isNew;
    });
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** @param acts with `into`: the open episode it belongs to, whatever its own says */
function takeFinding(input: LookInput, works: Work[], graded: GradedFinding, { into, ...acts }: Acts & { readonly into?: Work }): void {
  const { finding, severity, reason } = graded;
  const { now } = input;
  if (finding.result === 'not_confirmed') return addNormal(works, finding, now);
  if (!hasFired(finding.result) || !severity) return;
  const episodes = works.map(({ episode }) => episode);
  const target = into?.episode ?? chooseEpisode(episodes, finding, breathlessTimes(input.window.answers));
  const quiet = quietOf(input, graded, target, acts);
  if (quiet === 'suppressed') {
    acts.suppressed.add(finding.anchor);
    return;
  }
  const opens = target?.closedAt !== null;
  const beside = acts.beside.has(finding) ? into : opens ? besideOld(works, finding) : undefined;
  if (beside) {
    acts.beside.add(finding);
    return noteBeside(beside, graded, now);
  }
  const placement = opens ? place(input, severity) : null;
  const onlySnoozedStands = hasOnlySnoozed(input, target, severity);
  const { patientId } = input.plan;
  const isToldAnew = finding.ruleId in TOLD_ANEW;
  const step: Step = { kind: 'finding', at: now, patientId, finding, severity, reason, placement, quiet, onlySnoozedStands, isToldAnew };
  const work = works.find(({ episode }) => episode === target);
  if (work) {
    take(work, step);
    work.findings.push(finding);
    if (!quiet) {
      work.told.push(toTold(finding, severity));
      work.came = work.came === null ? severity : worst(work.came, severity);
    }
    if (severity === 'critical' && finding.ruleId in TOLD_AT_ONCE) work.emergency = true;
    return;
  }
  const { episode, steps, notices } = nextEpisode(undefined, step);
  const told = [toTold(finding, severity)];
  works.push({ ...begin(undefined, episode), steps: [...steps], findings: [finding], told, notices });
}

const toTold = (finding: Finding, severity: Severity): ToldFinding => {
  const { ruleId, domain } = finding;
  return { ruleId, domain, severity, lateMs: latenessMs(finding) };
};

/** A normal reading that was asked for beside what had fired at once stands in the story of its episode. */
function addNormal(works: readonly Work[], finding: Finding, at: Date): void {
  const work = open(works).find(({ episode }) => episode.signals.some(({ ruleId, standing }) => standing && ruleId === finding.ruleId));
  if (work === undefined) return;
  work.findings.push(finding);
  work.steps.push({ at, kind: 'finding', byPersonId: null, reason: finding.reason });
}

/**
 * How loud a finding is. A snoozed signal is counted in the open episode that has it already, else only recorded. A superseded one is
 * counted with the graver rule's, and only recorded when that one was snoozed; so is a milder one of an act of measuring that is grave
 * itself. None of them makes an episode worse in silence.
 */
function quietOf(
  input: LookInput,
  { finding, severity }: GradedFinding,
  target: Episode | undefined,
  { suppressed, grave }: Acts,
): 'snoozed' | 'superseded' | 'suppressed' | null {
  if (!severity) return 'suppressed';
  const joins = target?.closedAt === null && !isWorse(severity, target.severity);
  if (isSnoozed(input, finding, severity)) {
    return joins && target.signals.some(({ ruleId }) => ruleId === finding.ruleId) ? 'snoozed' : 'suppressed';
  }
  if (joins && isCoveredWithin(target, severity, grave.has(finding.anchor))) return 'superseded';
  if (!finding.superseded) return null;
  if (joins) return 'superseded';
  return suppressed.has(finding.anchor) ? 'suppressed' : null;
}

/**
 * An episode that this look has opened or brought back, and that is the same problem as another by all that was found, has not been: what
 * was found goes to that other.
 */
function foldNew(
  input: LookInput,
  works: Work[],
  fresh: readonly GradedFinding[],
  { standing, ...acts }: Acts & Pick<Judged, 'standing'>,
): void {
  if (!open(works).some(isNew)) return;
  const find = () => findBridge(input, works, standing, isNew);
  for (let bridge = find(); bridge !== null; bridge = find()) {
    const [into, gone] = isNew(bridge.b) ? [bridge.a, bridge.b] : [bridge.b, bridge.a];
    const { before } = gone;
    works.splice(works.indexOf(gone), 1, ...(before ? [begin(before, before)] : []));
    for (const each of fresh) if (gone.findings.includes(each.finding)) takeFinding(input, works, each, { ...acts, into });
  }
}

function place({ pathway, team, now }: LookInput, severity: Severity): Placement {
  const { unitId, reason } = chooseOwner(pathway, team, severity, now);
  return { ownerUnitId: unitId, pathwayId: pathway.id, pathwayVersion: pathway.version, reason };
}

function runOut({ now, team: { zone } }: LookInput, work: Work): void {
  take(work, { kind: 'settle', at: now });
  if (stateOf(work.episode) === 'acknowledged') take(work, { kind: 'run_out', at: now });
  if (stateOf(work.episode) !== 'closed') {
    take(work, { kind: 'offer_runs_out', at: now, zone });
    take(work, { kind: 'advice_runs_out', at: now, zone });
  }
}

/** What the patient has answered stands in the history, beside what everybody else did, of each episode that it is about; each owner is told once. */
function takeAnswer(input: LookInput, works: readonly Work[], work: Work, answered: AdviceAnswered): void {
  const { now } = input;
  const isOwn = answered.episodeId === work.episode.id;
  if (answered.answer === 'seen' || (!isOwn && !isCalledBy(input, answered.adviceId, work.before))) return;
  note(work, now, patientAnswered(answered.answer));
  const own = open(works).find(({ episode }) => episode.id === answered.episodeId);
  if (!isOwn && own?.episode.ownerUnitId === work.episode.ownerUnitId) return;
  const notice = noticeOfAnswer(work.episode, answered, now);
  if (notice !== null) work.notices = [...work.notices, notice];
}

/** What the patient is told stands there too. */
function tellPatient(input: LookInput, work: Work, { works, mayTellWell }: { works: readonly Work[]; mayTellWell: boolean }): void {
  // Beside the advice of something graver, milder advice would only be in its way.
  if (work.covered) return;
  const { before, episode, came, emergency, unreached } = work;
  const ofPatient = mayTellWell ? open(works).map((each) => each.episode) : null;
  const isWaiting = isCallWaiting(input, (episodeId) => episodeId !== episode.id);
  const isCalled = isWaiting || works.some((other) => other !== work && other.advice.some(({ kind }) => kind === 'critical'));
  const told = { before, after: episode, came, lateMs: latenessOf(work), bringsRed: bringsRed(work), emergency, unreached };
  const course = { ...told, isCalled, isCallWaiting: isWaiting, silent: silentOf(work), ofPatient };
  const whole = { ...course, version: (before?.version ?? 0) + 1 };
  const draft = adviseOn(input, whole);
  if (draft !== null || (!isCalled && isDoneByCall(input, episode))) setSignals(work, letFromBehindCall(episode.signals));
  if (draft === null) {
    const held = heldBehindCall(input, whole);
    if (held !== null) setSignals(work, keepBehindCall(episode.signals, held, foundAsGrave(work, held)));
    return;
  }
  if (!isSaid(works, draft)) work.advice.push(draft);
  note(work, input.now, toldPatient(draft.text));
}

/** What took the place of a call in this look lets go of what the call held back; what is told then may take the place of another call. */
function tellWhatWaited(input: LookInput, works: readonly Work[]): void {
  const waited = open(works).filter(isBehindCall);
  if (waited.length === 0) return;
  const told = afterTelling(input, works);
  for (const work of waited) tellPatient(told, work, { works, mayTellWell: false });
  if (!waited.every(isBehindCall)) tellWhatWaited(input, works);
}

function setSignals(work: Work, signals: Episode['signals']): void {
  if (signals !== work.episode.signals) work.episode = { ...work.episode, signals };
}

function silentOf({ findings }: Work): SilenceCause | null {
  return nearestCause(findings.flatMap(({ cause }) => cause ?? []));
}

const PASSED_ON: readonly (SilenceCause | null)[] = ['patient', 'device', 'service'];

/**
 * A reminder goes to the patient only (`gen.silence.reminder`), and that we ourselves are away is told as such (decision 13). The unit is
 * told in the place of a home that may not be reached; that a device is at fault does not say that any gateway is there.
 */
function keepFromUnit({ window: { contact } }: LookInput, work: Work): void {
  const silent = silentOf(work);
  if (work.episode.severity !== 'info' || !isOfNoValues(work.episode) || !PASSED_ON.includes(silent)) return;
  if (silent === 'device' && contact?.devices.every(({ gateway }) => gateway?.isOnline !== true) === true) return;
  work.notices = work.notices.filter(({ cause }) => cause !== 'opened' && cause !== 'relapsed');
}

/** What is told when an episode has closed in this look is about none; it stands in the history of that one. Green advice says it too. */
function tellEnd(input: LookInput, works: readonly Work[], judged: Judged): AdviceDraft | null {
  const closed = works.filter(({ before, episode }) => before?.closedAt === null && episode.closedAt !== null);
  if (closed.length === 0 || works.some(({ advice }) => advice.some(saysWell))) return null;
  const after = { open: open(works).map(({ episode }) => episode), isMeasuring: isMeasuring(input, judged) };
  for (const work of closed) {
    const draft = tellSettled(input, work.episode, after);
    if (draft === null) continue;
    note(work, input.now, toldPatient(draft.text));
    return draft;
  }
  return null;
}

function note(work: Work, at: Date, reason: Words): void {
  work.steps.push({ at, kind: 'told_patient', byPersonId: null, reason });
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** However many steps a look took, it is one change to the stored episode. */
function toChange({ before, episode, steps, findings, notices, advice, tasks }: Work): EpisodeChange[] {
  if (episode === before && steps.length === 0) return [];
  return [
    { episode: { ...episode, version: (before?.version ?? 0) + 1 }, steps, findings, notices, advice, ...(tasks.length > 0 && { tasks }) },
  ];
}
