import { isWorse, ladderStepKey, mergeNotices, stateOf, type Climb, type Episode } from '@varde/alerts';
import type { TaskDraft } from '@varde/plans';
import { dueLadderSteps, gpTaskOf, gpToKnowAt, leadTaskOf, routeOf, type Pathway } from '@varde/routing';
import type { Words } from '@varde/rules';
import { coverOf, HELD_BACK, heldBack } from './inhibit.js';
import type { LookInput } from './input-and-outcome.js';
import { open, take, type Work } from './work.js';

/** The steps of an episode's ladder that are due, unless something graver covers it. */
export function climb(input: LookInput, work: Work, ofPatient: readonly Episode[]): void {
  const { now, team } = input;
  const cover = coverOf(work.episode, ofPatient);
  if (cover) {
    const waits = heldBack(work.episode, cover, now);
    if (waits) take(work, { kind: 'escalate', at: now, climb: waits });
    work.notices = work.notices.filter(({ cause }) => !HELD_BACK.has(cause));
    work.covered = true;
  } else if (stateOf(work.episode) === 'waiting') {
    moveOn(input, work);
    const { episode } = work;
    const due = dueLadderSteps(episode, pathwayOf(input, episode), team, now);
    if (due) {
      work.unreached = due.unreached;
      work.tasks.push(...leadTasks(input, episode, due));
      take(work, { kind: 'escalate', at: now, climb: due });
    }
  }
  if (work.notices.length > 1) work.notices = mergeNotices(work.notices, work.episode, ladderStepKey(work.episode, 0));
}

/** What the steps ask of a team lead that this climb has come to. The first step is the owner. */
function leadTasks(input: LookInput, episode: Episode, { ladderStartedAt, ladderStepsTaken }: Climb): TaskDraft[] {
  const { ladder } = routeOf(pathwayOf(input, episode), episode.severity, input.team, ladderStartedAt);
  const from = ladderStartedAt.getTime() === episode.ladderStartedAt.getTime() ? episode.ladderStepsTaken : 0;
  const tasks = ladder.slice(Math.max(from, 1), ladderStepsTaken).flatMap((step) => leadTaskOf(episode, step) ?? []);
  // Of two units of one rung there is one task.
  return [...new Map(tasks.map((task) => [task.key, task])).values()];
}

/** When the GP is to know of an open yellow episode that a person has, if it comes to that. */
export function gpToKnow(input: LookInput, { episode }: Work): Date | null {
  if (episode.severity !== 'yellow') return null;
  const owner = input.team.units.find(({ id }) => id === episode.ownerUnitId);
  return gpToKnowAt(episode, routeOf(pathwayOf(input, episode), episode.severity, input.team, episode.ladderStartedAt), owner);
}

/** What the GP is to know by now. */
export function gpTasks(input: LookInput, works: readonly Work[]): TaskDraft[] {
  return open(works).flatMap((work) => {
    const at = gpToKnow(input, work);
    return at !== null && at <= input.now ? [gpTaskOf(work.episode, at)] : [];
  });
}

/**
 * The next step of a grave ladder is due now when what was sent because of the last one was given up by every channel
 * (`escalation_ladder.rules`: a step that cannot be delivered moves to the next at once). The steps after it keep their distance.
 */
function moveOn(input: LookInput, work: Work): void {
  const { episode } = work;
  const { id, severity, ladderStartedAt, ladderStepsTaken, nextStepAt } = episode;
  if (nextStepAt === null || nextStepAt <= input.now || !isWorse(severity, 'yellow')) return;
  if (input.undelivered?.includes(id) !== true) return;
  const { ladder } = routeOf(pathwayOf(input, episode), severity, input.team, ladderStartedAt);
  // Of a ladder that has not told anybody yet, nothing can have been lost: what was belongs to the one before.
  if (ladderStepsTaken === 0 || ladderStepsTaken > ladder.length) return;
  if (ladderStepsTaken === ladder.length) {
    // One more than there are: said once, until the ladder begins again by its clock.
    work.episode = { ...episode, ladderStepsTaken: ladder.length + 1 };
    work.steps.push({ at: input.now, kind: 'escalated', byPersonId: null, reason: NOBODY_REACHED });
    work.unreached = true;
    return;
  }
  work.episode = { ...episode, nextStepAt: input.now };
  work.steps.push({ at: input.now, kind: 'escalated', byPersonId: null, reason: NOT_DELIVERED });
}

const NOT_DELIVERED: Words = {
  nb: 'Ingen av meldingene om forrige trinn kunne leveres; går videre med en gang',
  en: 'None of the messages about the last step could be delivered; moves on at once',
};

const NOBODY_REACHED: Words = {
  nb: 'Heller ikke meldingene om siste trinn kunne leveres; ingen er nådd før trappen begynner på nytt',
  en: 'Not even the messages about the last step could be delivered; nobody is reached until the ladder begins again',
};

/** The version frozen into the episode; the one in force should it not be given, so that no ladder stands still. */
function pathwayOf({ pathway, frozenPathways }: LookInput, { pathwayId, pathwayVersion }: Episode): Pathway {
  return frozenPathways.find(({ id, version }) => id === pathwayId && version === pathwayVersion) ?? pathway;
}
