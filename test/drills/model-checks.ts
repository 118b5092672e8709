import {
  bridgeOf,
  CALLING,
  isWorse,
  stateOf,
  withEpisodeId,
  type Episode,
  type EpisodeStep,
  type NoticeDraft,
  type PersonStep,
} from '@varde/alerts';
import type { EpisodeChange, LookOutcome } from '@varde/look';
import { isStaffed, OWNING_LEVELS, routeOf, type Pathway, type Team, type Unit } from '@varde/routing';

/** A promise of DESIGN section 6 does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** @throws Broken */
export function must(holds: boolean, promise: string): void {
  if (!holds) throw new Broken(promise);
}

/** What is known around the episodes that are checked. */
export interface Around {
  readonly team: Team;
  readonly pathwayOf: (episode: Episode) => Pathway;
  readonly unit: (id: number) => Unit | undefined;
  readonly now: Date;
}

const TOLD = new Set(['opened', 'relapsed', 'severity_rose', 'acknowledgement_ran_out', 'escalated', 'owner_changed', 'domain_joined']);
const NAMED_BY_MOMENT = new Set(['escalated', 'acknowledgement_ran_out']);
const ENDS_OF_OFFERS = new Set<EpisodeStep['kind']>(['accepted', 'declined', 'recalled', 'offer_ran_out']);

/** What only time shows of one patient's episodes: that nothing is told twice, no offer ends twice, and every ladder ends with somebody. */
export class Watch {
  /** When each was used. */
  private readonly keys = new Map<string, number>();
  /** Keys from before the clock was set back: a ladder begun again at the same moment has the same name. */
  private readonly forgiven = new Set<string>();
  private readonly rungs = new Map<string, number>();
  private readonly endedOffers = new Set<string>();
  /** Episodes of whose running ladder somebody staffed or the patient has been told. */
  private readonly reached = new Set<number>();
  /** When the patient was last told to call 113: beside it they are told nothing milder, for they have the graver help. */
  private calledMs = Number.NEGATIVE_INFINITY;
  /** Those whose ladder has been given another beginning because the clock was set back: it goes on under it. */
  private renamed = new Set<number>();

  /** A change has been written; new episodes have their id. */
  note(before: Episode | undefined, { episode, steps, notices, advice }: EpisodeChange, around: Around): void {
    must(episode.version === (before?.version ?? 0) + 1, 'the version rises by one');
    must(steps.length > 0 || isOnlyClock(before, episode), 'every change has a line in the history');
    checkHistory(before, episode, steps);
    this.noteKeys(episode, notices, around.now);
    if (before) this.noteOffers(before, episode, steps, notices);
    const isRenamed = this.renamed.delete(episode.id) && before !== undefined && isSameCourse(before, episode);
    const hasTakenIn = steps.some(({ kind }) => kind === 'absorbed');
    if (!before || (isNewLadder(before, episode) && !isRenamed && !hasTakenIn)) this.reached.delete(episode.id);
    const isTold = notices.some(({ unitId, cause }) => TOLD.has(cause) && isThere(around.unit(unitId), around.now));
    if (isTold || (advice ?? []).length > 0) this.reached.add(episode.id);
    if ((advice ?? []).some(({ kind }) => kind === 'critical')) this.calledMs = around.now.getTime();
    this.noteRungs(episode);
  }

  /** The clock has been set back: what is named by a moment may come again. Told once it is all the same. */
  setBack(): void {
    for (const key of this.keys.keys()) this.forgiven.add(key);
    this.keys.clear();
    this.renamed = new Set(this.reached);
  }

  /** After a look: an episode that waits is known to somebody who is there, or the patient has been told, or the next step comes. */
  checkReached(episode: Episode, { pathwayOf, team, now }: Around): void {
    if (!isWorse(episode.severity, 'yellow') || episode.domains.every((domain) => domain === 'technical')) return;
    const { ladder } = routeOf(pathwayOf(episode), episode.severity, team, episode.ladderStartedAt);
    const isOver = episode.ladderStepsTaken >= ladder.length || episode.ladderStartedAt > new Date(now.getTime() + 1_000);
    if (isOver && this.calledMs === now.getTime()) this.reached.add(episode.id);
    must(!isOver || this.reached.has(episode.id), 'a ladder ends with somebody who is there or with advice to the patient');
  }

  /** A ladder that was covered and comes forward again in one millisecond has the name it had: whom it calls has been told in it. */
  private noteKeys({ id }: Episode, notices: readonly NoticeDraft[], now: Date): void {
    for (const notice of notices) {
      const { key } = withEpisodeId(notice, id);
      const usedMs = this.keys.get(key);
      must(usedMs === undefined || (usedMs === now.getTime() && NAMED_BY_MOMENT.has(notice.cause)), `notice ${key} once`);
      must(!this.forgiven.has(key) || NAMED_BY_MOMENT.has(notice.cause), `notice ${key} once, although the clock was set back`);
      this.keys.set(key, now.getTime());
    }
  }

  private noteOffers(before: Episode, after: Episode, steps: readonly EpisodeStep[], notices: readonly NoticeDraft[]): void {
    const { offer } = before;
    const ends = steps.filter(({ kind }) => ENDS_OF_OFFERS.has(kind));
    const isOver = offer !== null && after.offer?.number !== offer.number;
    must(ends.length === (isOver ? 1 : 0), 'an offer that is over has one end in the history, and no other has');
    if (!isOver) return;
    const key = `${before.id}/${offer.number}`;
    must(!this.endedOffers.has(key), 'an offer ends once');
    this.endedOffers.add(key);
    const kind = ends[0]?.kind;
    must(
      (kind === 'accepted') === (after.ownerUnitId === offer.toUnitId && hasMovedByOffer(before, after, steps)),
      'only accepting moves it',
    );
    const told = notices.map(({ unitId }) => unitId);
    const mustKnow = kind === 'recalled' ? [offer.toUnitId] : [before.ownerUnitId];
    must(
      [...mustKnow, ...offer.informedUnitIds].every((id) => told.includes(id) || id === after.ownerUnitId),
      'both sides are told',
    );
  }

  /** Within one ladder it only goes up. Once the clock was set back, a ladder may have the name of one before. */
  private noteRungs(episode: Episode): void {
    if (this.forgiven.size > 0) return;
    const ladder = ladderOf(episode);
    must(episode.ladderStepsTaken >= (this.rungs.get(ladder) ?? 0), 'a ladder is climbed upwards');
    this.rungs.set(ladder, episode.ladderStepsTaken);
  }
}

const ladderOf = ({ id, severity, relapses, ladderStartedAt }: Episode): string =>
  `${id}/${severity}/${relapses}/${ladderStartedAt.getTime()}`;

const isSameCourse = (before: Episode, after: Episode): boolean =>
  before.severity === after.severity && before.relapses === after.relapses && before.acknowledgedAt === after.acknowledgedAt;

/** Whether a ladder has begun; one that only has another beginning, as when the clock was set back, goes on. */
function isNewLadder(before: Episode, after: Episode): boolean {
  const isOther = !isSameCourse(before, after);
  const hasBegun = after.ladderStartedAt.getTime() !== before.ladderStartedAt.getTime();
  return isOther || (hasBegun && (after.ladderStepsTaken < before.ladderStepsTaken || before.ladderStepsTaken === 0));
}

const isThere = (unit: Unit | undefined, now: Date): boolean => unit !== undefined && isStaffed(unit, now);

function hasMovedByOffer(before: Episode, after: Episode, steps: readonly EpisodeStep[]): boolean {
  return before.ownerUnitId !== after.ownerUnitId && steps.some(({ kind }) => kind === 'accepted');
}

/** A ladder may be given another clock in silence: rosters have changed, or its end is given one. */
function isOnlyClock(before: Episode | undefined, after: Episode): boolean {
  const clock = { ladderStartedAt: 0, ladderStepsTaken: 0, nextStepAt: 0, version: 0 };
  return before !== undefined && JSON.stringify({ ...before, ...clock }) === JSON.stringify({ ...after, ...clock });
}

/** Whatever changed has its line: nothing about who has a problem happens in silence. */
function checkHistory(before: Episode | undefined, after: Episode, steps: readonly EpisodeStep[]): void {
  const has = (...kinds: EpisodeStep['kind'][]) => steps.some(({ kind }) => kinds.includes(kind));
  const said = (holds: boolean, what: string) => must(holds, `no line says ${what}`);
  if (!before) return said(has('opened'), 'that it opened');
  if (before.ownerUnitId !== after.ownerUnitId) said(has('owner_changed'), 'that the owner changed');
  if (before.severity !== after.severity) said(has('severity_rose', 'severity_fell', 'relapsed'), 'that the severity changed');
  if (before.closedAt === null && after.closedAt !== null) said(has('closed', 'merged'), 'that it closed');
  if (before.closedAt !== null && after.closedAt === null) said(has('relapsed'), 'that it came back');
  if (after.offer !== null && before.offer?.number !== after.offer.number) said(has('offered'), 'that it was offered');
  if (after.consultationsAsked > before.consultationsAsked) said(has('advice_asked'), 'that advice was asked');
  if (before.consultations.some((each) => !after.consultations.some(({ number }) => number === each.number)))
    said(has('advice_given', 'advice_ran_out', 'advice_ended'), 'what became of a question');
  if (after.closedAt !== null) return;
  if (before.acknowledgedAt !== after.acknowledgedAt) {
    const isTaken = after.acknowledgedAt !== null;
    const letGo = ['acknowledgement_ran_out', 'noted', 'severity_rose', 'relapsed', 'owner_changed'] as const;
    said(isTaken ? has('acknowledged', 'accepted', 'close_proposed', 'severity_fell') : has(...letGo), 'who has it');
  }
  if (after.ladderStepsTaken > before.ladderStepsTaken && after.ladderStartedAt.getTime() === before.ladderStartedAt.getTime())
    said(has('escalated'), 'what step was taken');
}

/** What holds of one patient's episodes at every moment. */
export function checkAlways(episodes: readonly Episode[], { team }: Around): void {
  const open = episodes.filter(({ closedAt }) => closedAt === null);
  const domains = open.flatMap((episode) => episode.domains);
  must(new Set(domains).size === domains.length, 'one open episode per domain');
  for (const episode of episodes) {
    const owners = team.units.filter(({ id }) => id === episode.ownerUnitId);
    if (episode.closedAt === null) {
      must(owners.length === 1, 'exactly one owner, known to the patient’s team');
      must(
        owners.every(({ careLevel }) => OWNING_LEVELS.includes(careLevel)),
        'an owner that can own',
      );
      must((episode.clearedAt !== null) === episode.signals.every(({ standing }) => !standing), 'cleared when nothing stands');
    } else {
      must(
        episode.offer === null && episode.consultations.length === 0 && episode.closeProposed === null,
        'nothing waits of what is closed',
      );
      must(episode.nextStepAt === null && episode.acknowledgementEndsAt === null, 'no clock of what is closed');
      must(episode.outcome !== null, 'an end has an outcome');
      must((episode.outcome === 'merged') === (episode.mergedIntoId !== null), 'what has gone into another says which');
    }
    must(episode.offer === null || episode.offer.toUnitId !== episode.ownerUnitId, 'it is never offered to its owner');
    must(episode.offer === null || episode.offer.number === episode.offersMade, 'the offer that waits is the last one');
    must(
      episode.consultations.every(({ unitId }) => unitId !== episode.ownerUnitId),
      'the owner is not asked itself',
    );
    must(stateOf(episode) !== 'acknowledged' || episode.acknowledgedByPersonId !== null, 'a person has it');
  }
}

/** After a look no two open episodes are one problem. */
export function checkMerged(episodes: readonly Episode[]): void {
  const bridged = episodes.filter(({ closedAt }) => closedAt === null).map((episode) => ({ episode }));
  const pairs = bridged.flatMap((a, place) => bridged.slice(place + 1).map((b) => bridgeOf(a, b, [])));
  must(
    pairs.every((bridge) => bridge === null),
    'one problem is one open episode',
  );
}

/** What goes into another loses nothing on the way, and whoever had it, or waits for an answer, knows. @param was before the look */
export function checkGone(was: Episode, gone: EpisodeChange, changes: readonly EpisodeChange[]): void {
  let into = changes.find(({ episode }) => episode.id === gone.episode.mergedIntoId);
  while (into?.episode.outcome === 'merged') into = changes.find(({ episode }) => episode.id === into?.episode.mergedIntoId);
  must(into !== undefined && into.episode.closedAt === null, 'it goes into one that is open');
  if (into === undefined) return;
  const { episode, notices } = into;
  must(
    gone.episode.domains.every((domain) => episode.domains.includes(domain)),
    'its areas go on',
  );
  must(
    gone.episode.signals.every(({ ruleId }) => episode.signals.some((signal) => signal.ruleId === ruleId)),
    'its signals go on',
  );
  const standing = gone.episode.signals.filter((signal) => signal.standing);
  must(
    standing.every(({ severity }) => !isWorse(severity, episode.severity) || !isWorse(gone.episode.severity, episode.severity)),
    'nothing that stands becomes milder by it',
  );
  const isKnown = (unitId: number): boolean =>
    unitId === episode.ownerUnitId || (notices.some((notice) => notice.unitId === unitId) && episode.followerUnitIds.includes(unitId));
  must([was.ownerUnitId, ...was.followerUnitIds].every(isKnown), 'whoever had it or followed it is told, and follows the one that goes on');
  const isAnswered = (unitId: number): boolean =>
    episode.consultations.some((each) => each.unitId === unitId) || gone.notices.some((notice) => notice.unitId === unitId);
  const open = was.consultations.filter(({ deadlineAt }) => deadlineAt > (gone.episode.closedAt ?? deadlineAt));
  must(
    open.every(({ unitId }) => isAnswered(unitId)),
    'a question goes on, or whoever was asked is told',
  );
  must(
    gone.notices.every(({ cause }) => !CALLING.has(cause)),
    'nobody is called about what has gone',
  );
}

/** What holds right after a look: every open episode has a clock ahead of now, and the look is not later than the first of them. */
export function checkClocks(episodes: readonly Episode[], { nextLookAt }: Pick<LookOutcome, 'nextLookAt'>, { now }: Around): void {
  must(nextLookAt === null || nextLookAt > now, 'the next look is to come');
  for (const episode of episodes) {
    if (episode.closedAt !== null) continue;
    const { nextStepAt, acknowledgementEndsAt, offer, consultations } = episode;
    const isWaiting = stateOf(episode) === 'waiting';
    must(isWaiting ? nextStepAt !== null : acknowledgementEndsAt !== null, 'an open episode has a clock');
    const clocks = [nextStepAt, acknowledgementEndsAt, offer?.deadlineAt ?? null, ...consultations.map(({ deadlineAt }) => deadlineAt)];
    for (const clock of clocks) {
      must(clock === null || clock > now, 'a clock is ahead of now');
      must(clock === null || (nextLookAt !== null && nextLookAt <= clock), 'no clock is slept through');
    }
  }
}

/** Acts that do not touch who has it leave owner, ladder and acknowledgement as they were: an offer or a question stops no clock. */
const TOUCH_NOTHING = new Set<PersonStep['kind']>([
  'offer',
  'decline',
  'recall',
  'ask_advice',
  'give_advice',
  'note',
  'snooze',
  'undo_snooze',
  'assign',
]);

const CLOCKS_AND_OWNER: readonly (keyof Episode)[] = [
  ...(['ownerUnitId', 'acknowledgedAt', 'acknowledgementEndsAt', 'nextStepAt', 'ladderStepsTaken', 'ladderStartedAt', 'closedAt'] as const),
];

/** What holds of every act of a person. */
export function checkActed(before: Episode, after: Episode, step: PersonStep): void {
  const isAlone = CLOCKS_AND_OWNER.every((field) => before[field] === after[field]);
  if (TOUCH_NOTHING.has(step.kind)) must(isAlone, `${step.kind} leaves who has it and its clocks alone`);
  if (before.ownerUnitId !== after.ownerUnitId)
    must(step.kind === 'accept' || step.kind === 'move', 'only accepting and moving change the owner');
  if (after.acknowledgedAt === step.at) must((after.acknowledgementEndsAt ?? step.at) > step.at, 'an acknowledgement ends, and later');
  if (step.kind === 'acknowledge' && before.acknowledgementEndsAt !== null && before.acknowledgedByPersonId === step.byPersonId)
    must((after.acknowledgementEndsAt ?? step.at) > before.acknowledgementEndsAt, 'to acknowledge again never holds shorter');
  const isClosed = before.closedAt === null && after.closedAt !== null;
  const wasCritical = before.severity === 'critical' || before.signals.some(({ severity }) => severity === 'critical');
  if (isClosed && wasCritical)
    must((before.closeProposed?.byPersonId ?? step.byPersonId) !== step.byPersonId, 'two persons close what was critical');
}
