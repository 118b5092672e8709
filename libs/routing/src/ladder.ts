import { ladderStepKey, type Climb, type Episode, type EpisodeStep, type NoticeDraft } from '@varde/alerts';
import type { Severity, Words } from '@varde/rules';
import { addOpenMinutes, endOfServiceDay, isOpen, nextOpening } from './opening-hours.js';
import { routeOf, unitsInOrder } from './owner.js';
import type { LadderStep, Pathway } from './pathway.js';
import type { Team, Unit } from './unit.js';
import { LEVEL_WORDS, stepName } from './wording.js';

const MINUTE_MS = 60_000;

/** What the ladder of one episode is climbed with. */
interface Ground {
  readonly episode: Episode;
  readonly ladder: readonly LadderStep[];
  readonly team: Team;
  readonly owner: Unit | undefined;
  readonly now: Date;
}

/** When a person's acknowledgement runs out; null: it does not. */
export function acknowledgementEnds(pathway: Pathway, severity: Severity, at: Date): Date | null {
  const minutes = routeOf(pathway, severity).acknowledgementMin;
  return minutes === null ? null : new Date(at.getTime() + minutes * MINUTE_MS);
}

/**
 * The ladder steps that are due at `now`, each once and in order however late the look (`escalation_ladder`, frozen in `pathway`), and
 * when the next one is. A step that reaches nobody moves on to the next at once and says so. When nobody on the rest of the ladder can be
 * reached and the owner is closed, the ladder begins again when the owner opens; when the owner is open and the rest of the ladder has
 * no unit, it ends with the owner. Only for an episode that waits for a person; any other is answered with null.
 */
export function dueLadderSteps(episode: Episode, pathway: Pathway, team: Team, now: Date): Climb | null {
  if (episode.closedAt !== null || episode.acknowledgedAt !== null) return null;
  const { ladder } = routeOf(pathway, episode.severity);
  const owner = team.units.find(({ id }) => id === episode.ownerUnitId);
  const ground: Ground = { episode, ladder, team, owner, now };
  const steps: EpisodeStep[] = [];
  const notices: NoticeDraft[] = [];
  let taken = episode.ladderStepsTaken;
  for (;;) {
    const dueAt = stepDueAt(ground, taken);
    if (!dueAt || dueAt > now)
      return { ladderStartedAt: episode.ladderStartedAt, ladderStepsTaken: taken, nextStepAt: dueAt, unreached: false, steps, notices };
    const reached = nextReachable(ground, taken);
    if (!reached) return { ...atTheEnd(ground, taken, { steps, notices }) };
    for (let index = taken; index < reached.index; index++) steps.push(line(ground, movedOn(ground, index)));
    const reason = toldWords(ground, reached.index, reached.unit);
    steps.push(line(ground, reason));
    notices.push(draft(ground, reached.index, reached.unit, reason));
    taken = reached.index + 1;
  }
}

/** When step `index` of the running ladder is due; null: the ladder has ended. */
function stepDueAt({ episode, ladder, owner }: Ground, index: number): Date | null {
  const step = ladder[index];
  if (!step) return null;
  const startedAt = episode.ladderStartedAt;
  const plain = new Date(startedAt.getTime() + step.afterMin * MINUTE_MS);
  if (!step.openingHoursClock || !owner) return plain;
  if (step.serviceDays !== undefined) return endOfServiceDay(owner, startedAt, step.serviceDays) ?? plain;
  // The first step is being on the worklist: that needs nobody to be open.
  return step.afterMin === 0 ? plain : (addOpenMinutes(owner, startedAt, step.afterMin) ?? plain);
}

/** The first step from `index` on that somebody can take now. */
function nextReachable(ground: Ground, from: number): { readonly index: number; readonly unit: Unit } | null {
  for (let index = from; index < ground.ladder.length; index++) {
    const unit = unitFor(ground, index);
    if (unit) return { index, unit };
  }
  return null;
}

/** The unit that takes a step: the owner the first one, else one of the step's level; open now, unless the step waits for opening hours. */
function unitFor({ ladder, team, owner, now }: Ground, index: number): Unit | undefined {
  const step = ladder[index];
  if (!step) return undefined;
  const units = unitsInOrder(team, [step.careLevel]);
  const called = index === 0 && owner ? [owner, ...units] : units;
  return called.find((unit) => isOpen(unit, now)) ?? (step.openingHoursClock ? called[0] : undefined);
}

/** Nobody on the rest of the ladder can be reached now. */
function atTheEnd(ground: Ground, taken: number, so: Pick<Climb, 'steps' | 'notices'>): Climb {
  const { episode, ladder, owner, now } = ground;
  const again = reopeningOf(ground, taken);
  if (again) {
    const steps = [...so.steps, line(ground, beginsAgain(again))];
    return { ladderStartedAt: again.at, ladderStepsTaken: 0, nextStepAt: again.at, unreached: true, steps, notices: so.notices };
  }
  const skipped = ladder.slice(taken).map((_, offset) => line(ground, movedOn(ground, taken + offset)));
  const steps = [...so.steps, ...skipped, line(ground, ENDED)];
  const last: NoticeDraft = {
    key: ladderStepKey(episode, ladder.length),
    cause: 'escalated',
    severity: episode.severity,
    unitId: episode.ownerUnitId,
    at: now,
    text: ENDED,
  };
  return {
    ladderStartedAt: episode.ladderStartedAt,
    ladderStepsTaken: ladder.length,
    nextStepAt: null,
    unreached: owner === undefined || !isOpen(owner, now),
    steps,
    notices: [...so.notices, last],
  };
}

/** Who opens next for a ladder that cannot go on: the owner when it is closed, else the first of the units still to be called. */
function reopeningOf({ ladder, team, owner, now }: Ground, taken: number): { readonly unit: Unit; readonly at: Date } | null {
  const ownerAt = owner && !isOpen(owner, now) ? nextOpening(owner, now) : null;
  if (owner && ownerAt) return { unit: owner, at: ownerAt };
  if (owner && isOpen(owner, now)) return null;
  const rest = unitsInOrder(
    team,
    ladder.slice(taken).map(({ careLevel }) => careLevel),
  );
  return rest
    .map((unit) => ({ unit, at: nextOpening(unit, now) }))
    .reduce<{ unit: Unit; at: Date } | null>((best, { unit, at }) => (at && (!best || at < best.at) ? { unit, at } : best), null);
}

const ENDED: Words = {
  nb: 'Varslingstrappen er slutt uten at noen har kvittert; hendelsen er fortsatt hos ansvarlig enhet',
  en: 'The ladder has ended and nobody has acknowledged; the episode is still with its owner',
};

const beginsAgain = ({ unit, at }: { readonly unit: Unit; readonly at: Date }): Words => ({
  nb: `Ingen i varslingstrappen er åpen nå; den begynner på nytt når ${unit.name} åpner ${at.toISOString()}`,
  en: `Nobody on the ladder is open now; it begins again when ${unit.name} opens ${at.toISOString()}`,
});

function nameOf({ ladder }: Ground, index: number): Words {
  return stepName(ladder[index]?.to ?? '', index + 1, ladder.length);
}

function movedOn(ground: Ground, index: number): Words {
  const [name, step] = [nameOf(ground, index), ground.ladder[index]];
  const level = step ? LEVEL_WORDS[step.careLevel] : { nb: '', en: '' };
  return {
    nb: `${name.nb}: ingen åpen enhet (${level.nb}); går videre med en gang`,
    en: `${name.en}: no open unit (${level.en}); moves on at once`,
  };
}

function toldWords(ground: Ground, index: number, unit: Unit): Words {
  const name = nameOf(ground, index);
  return { nb: `${name.nb}: ${unit.name} varsles`, en: `${name.en}: ${unit.name} is told` };
}

function line({ now }: Ground, reason: Words): EpisodeStep {
  return { at: now, kind: 'escalated', byPersonId: null, reason };
}

function draft({ episode, now }: Ground, index: number, unit: Unit, text: Words): NoticeDraft {
  return { key: ladderStepKey(episode, index), cause: 'escalated', severity: episode.severity, unitId: unit.id, at: now, text };
}
