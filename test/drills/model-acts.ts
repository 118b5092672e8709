import { stateOf, type Episode, type PersonStep } from '@varde/alerts';
import {
  acknowledgementEnds,
  may,
  OWNING_LEVELS,
  routeOf,
  shiftEnd,
  unitsStep,
  wayOver,
  type Pathway,
  type Team,
  type Unit,
} from '@varde/routing';
import { PEOPLE, type Chance, type Person } from './model-community.js';

const MINUTE_MS = 60_000;

/** What the rules of cooperation do not let a person do, whatever the state of the episode. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** What a person wants. Numbers choose among what there is. */
export interface Act {
  readonly kind: PersonStep['kind'];
  /** A unit of the community: to offer, move or ask. */
  readonly unitId: number;
  readonly minutes: number;
  readonly ruleId: string;
  readonly outcome: 'seen_by_gp' | 'admitted';
}

/** What an act is judged by. */
export interface Ground {
  readonly person: Person;
  readonly episode: Episode;
  readonly pathway: Pathway;
  readonly team: Team;
  readonly unit: (id: number) => Unit;
  readonly now: Date;
}

const OF_OWNER = new Set<PersonStep['kind']>([
  ...(['acknowledge', 'release', 'close', 'snooze', 'undo_snooze', 'assign', 'offer', 'recall', 'ask_advice', 'move'] as const),
]);

/** Who may, and the step the act is: as the store asks (`act-ground`, `act-steps`), with the same functions of the libraries. */
export function toStep(ground: Ground, act: Act): PersonStep {
  const { person, episode, unit, now } = ground;
  const by = { at: now, byPersonId: person.id, zone: ground.team.zone };
  const acting = actingUnit(ground);
  if (OF_OWNER.has(act.kind) && !acting && !isSecondLook(ground, act)) throw new Refused('only people of the owner may');
  const owner = unit(episode.ownerUnitId);
  const other = unit(act.unitId);
  const named = { unitId: other.id, unit: other.name };
  const until = new Date(now.getTime() + act.minutes * MINUTE_MS);
  switch (act.kind) {
    case 'acknowledge':
      return { kind: act.kind, ...by, endsAt: acknowledgedUntil(ground, acting ?? owner) };
    case 'close':
      return { kind: act.kind, ...by, outcome: act.outcome, note: '', secondLook: true };
    case 'assign':
      return { kind: act.kind, ...by, toPersonId: colleagueOf(owner.id, act.minutes), toName: 'a colleague' };
    case 'offer':
      if (!OWNING_LEVELS.includes(other.careLevel)) throw new Refused('it cannot own');
      if (wayOver(stepTo(ground, other)).way === 'move' && other.id !== owner.id) throw new Refused('move it instead');
      return { kind: act.kind, ...by, toUnitId: other.id, toUnit: other.name, reason: 'theirs', ...deadlines(ground, act) };
    case 'accept':
    case 'decline': {
      const { offer } = episode;
      if (offer !== null && !person.unitIds.includes(offer.toUnitId)) throw new Refused('it is offered to others');
      const unitId = offer?.toUnitId ?? owner.id;
      const answering = { unitId, unit: unit(unitId).name };
      if (act.kind === 'decline') return { kind: act.kind, ...by, ...answering, reason: 'not ours' };
      return { kind: act.kind, ...by, ...answering, endsAt: acknowledgedUntil(ground, unit(unitId)) };
    }
    case 'ask_advice': {
      if (!may(stepTo(ground, other), 'ask_advice').isAllowed) throw new Refused('they do not advise each other');
      const longestMin = ground.pathway.deadlines.consultationMin[episode.severity];
      const deadlineAt = new Date(now.getTime() + Math.min(act.minutes + 1, longestMin) * MINUTE_MS);
      return { kind: act.kind, ...by, ...named, question: 'what now?', deadlineAt };
    }
    case 'give_advice': {
      const asked = episode.consultations[act.minutes % Math.max(1, episode.consultations.length)];
      if (asked && !person.unitIds.includes(asked.unitId)) throw new Refused('others were asked');
      const answering = { unitId: asked?.unitId ?? owner.id, unit: unit(asked?.unitId ?? owner.id).name };
      return { kind: act.kind, ...by, ...answering, number: asked?.number ?? 99, answer: 'wait' };
    }
    case 'move':
      if (wayOver(stepTo(ground, other)).way !== 'move') throw new Refused('offer it instead');
      return { kind: act.kind, ...by, toUnitId: other.id, toUnit: other.name, reason: 'ours together', away: false };
    case 'snooze':
      return { kind: act.kind, ...by, ruleId: act.ruleId, until, note: 'known' };
    case 'undo_snooze':
      return { kind: act.kind, ...by, ruleId: act.ruleId };
    case 'recall':
      return { kind: act.kind, ...by, reason: 'we have time after all' };
    case 'leave':
      if (![episode.acknowledgedByPersonId, episode.assignedToPersonId].includes(person.id)) throw new Refused('it is with others');
      return { kind: act.kind, ...by };
    case 'end_shift':
      return { kind: act.kind, ...by, endsAt: cutShift(ground) };
    case 'release':
    case 'note':
      return { kind: act.kind, ...by, note: 'x' };
  }
}

/** Whoever has it goes home at once. */
function cutShift({ episode, person, now }: Ground): Date {
  if (episode.acknowledgedByPersonId !== person.id) throw new Refused('it is with others');
  if (episode.acknowledgementEndsAt !== null && episode.acknowledgementEndsAt <= now) throw new Refused('it has run out');
  return now;
}

/** A unit that the ladder of an episode has called. */
export interface Called {
  readonly episodeId: number;
  readonly unitId: number;
  readonly atMs: number;
}

const CALLED_WITHIN_MS = 24 * 60 * MINUTE_MS;

/** How somebody takes a waiting episode that the ladder has called them to, as the store does (`called-unit`); null: not this way. */
export function takeOver(ground: Ground, called: readonly Called[]): Extract<PersonStep, { kind: 'move' }> | null {
  const { person, episode, team, now } = ground;
  if (stateOf(episode) !== 'waiting' || actingUnit(ground) !== undefined) return null;
  const isRecent = (atMs: number): boolean => atMs > now.getTime() - CALLED_WITHIN_MS || atMs >= episode.ladderStartedAt.getTime();
  const isCalled = (unitId: number): boolean =>
    called.some((each) => each.episodeId === episode.id && each.unitId === unitId && isRecent(each.atMs));
  const unit = team.units
    .filter(({ id, careLevel }) => person.unitIds.includes(id) && isCalled(id) && OWNING_LEVELS.includes(careLevel))
    .sort((a, b) => a.id - b.id)[0];
  if (unit === undefined) return null;
  return { kind: 'move', at: now, byPersonId: person.id, toUnitId: unit.id, toUnit: unit.name, reason: 'called', away: false };
}

const REPEATED_WITHIN_MS = MINUTE_MS;

/** Whether whoever has it would hold it no longer by acknowledging it now: then nothing changes, as in the store (`episode-acts`). */
export function isRepeated(ground: Ground): boolean {
  const { acknowledgementEndsAt, ownerUnitId } = ground.episode;
  const endsAt = acknowledgedUntil(ground, actingUnit(ground) ?? ground.unit(ownerUnitId));
  return acknowledgementEndsAt === null || endsAt.getTime() - acknowledgementEndsAt.getTime() <= REPEATED_WITHIN_MS;
}

/** An act drawn by chance; what can be answered is answered more often than not. */
export function drawAct(chance: Chance, episode: Episode, unitIds: readonly number[]): Act {
  const answers: PersonStep['kind'][] = [
    ...(episode.offer ? (['accept', 'accept', 'decline', 'recall'] as const) : []),
    ...(episode.consultations.length > 0 ? (['give_advice'] as const) : []),
    ...(episode.closeProposed ? (['close', 'close'] as const) : []),
  ];
  return {
    kind: answers.length > 0 && chance.isOneIn(2) ? chance.of(answers) : chance.of(KINDS),
    unitId: chance.of(unitIds),
    minutes: chance.of([1, 3, 20, 90, 600, 3_000]) + chance.below(5),
    ruleId: chance.of(episode.signals).ruleId,
    outcome: chance.isOneIn(4) ? 'admitted' : 'seen_by_gp',
  };
}

const KINDS: readonly PersonStep['kind'][] = [
  ...([
    'acknowledge',
    'acknowledge',
    'acknowledge',
    'release',
    'leave',
    'end_shift',
    'close',
    'close',
    'note',
    'snooze',
    'undo_snooze',
    'assign',
  ] as const),
  ...(['offer', 'offer', 'offer', 'accept', 'decline', 'recall', 'ask_advice', 'ask_advice', 'give_advice', 'move'] as const),
];

function stepTo({ pathway, team, unit, episode }: Ground, other: Unit) {
  return unitsStep(pathway, unit(episode.ownerUnitId), other, team.programmes);
}

/** A second look is anybody's of the team who agrees; another outcome is for people of the owner. */
function isSecondLook({ person, episode, team }: Ground, { kind, outcome }: Act): boolean {
  return kind === 'close' && episode.closeProposed?.outcome === outcome && team.units.some(({ id }) => person.unitIds.includes(id));
}

function actingUnit(ground: Ground): Unit | undefined {
  const { person, episode, unit } = ground;
  if (person.unitIds.includes(episode.ownerUnitId)) return unit(episode.ownerUnitId);
  return person.unitIds.map(unit).find((each) => may(stepTo(ground, each), 'act_for_each_other').isAllowed);
}

function acknowledgedUntil({ person, episode, pathway, team, now }: Ground, unit: Unit): Date {
  const route = routeOf(pathway, episode.severity, team, episode.ladderStartedAt);
  return acknowledgementEnds(route, shiftEnd(unit, person.id, now), now);
}

function deadlines({ pathway, episode, now, team }: Ground, { minutes }: Act): { deadlineAt: Date; informedUnitIds: number[] } {
  const answerMin = Math.min(minutes, pathway.deadlines.handoverMin[episode.severity]);
  const informed = team.units.filter(({ id }) => id % 2 === minutes % 2).map(({ id }) => id);
  return { deadlineAt: new Date(now.getTime() + answerMin * MINUTE_MS), informedUnitIds: informed };
}

function colleagueOf(unitId: number, nth: number): number {
  const colleagues = PEOPLE.filter(({ unitIds }) => unitIds.includes(unitId));
  return colleagues[nth % colleagues.length]?.id ?? 0;
}
