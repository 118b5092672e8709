import type { PersonStep } from '@varde/alerts';
import { acknowledgementEnds, may, OWNING_LEVELS, routeOf, shiftEnd, wayOver, type Deadlines, type Unit } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { refuseForeignUnits } from '../directory/data-responsibility.js';
import { Conflict, Forbidden, found, Invalid, NotFound } from '../directory/illegal.js';
import { actingUnit, stepToOwner, type ActGround } from './act-ground.js';
import type { PersonAct } from './person-act.js';

const MINUTE_MS = 60_000;

type Of<K extends PersonAct['kind']> = Extract<PersonAct, { kind: K }>;

/**
 * The step that a person's act is: with the names and deadlines of now.
 * @throws NotFound unit or person; Invalid deadline; Forbidden or Conflict what the step of the staircase does not allow
 */
export async function toPersonStep(tx: EntityManager, ground: ActGround, act: PersonAct): Promise<PersonStep> {
  const who = { byPersonId: ground.viewer.personId, at: ground.now };
  const here = { ...who, zone: ground.team.zone };
  switch (act.kind) {
    case 'acknowledge':
      return { kind: act.kind, ...here, endsAt: acknowledgedUntil(ground, actingUnit(ground) ?? ground.owner) };
    case 'close':
      return { ...act, ...who, secondLook: true, shiftEndsAt: shiftEnd(actingUnit(ground) ?? ground.owner, who.byPersonId, who.at) };
    case 'assign':
      return { ...act, ...who, toName: await readColleague(tx, ground, act.toPersonId) };
    case 'offer':
      return { ...(await toOffer(tx, ground, act)), ...here };
    case 'accept':
    case 'decline':
      if (act.kind === 'accept') await refuseAnswerer(tx, ground);
      return { ...toAnswer(ground, act), ...here };
    case 'ask_advice':
      return { ...(await toQuestion(tx, ground, act)), ...here };
    case 'give_advice':
      return { ...toAdvice(ground, act), ...who };
    case 'move':
      return { ...(await toMove(tx, ground, act)), ...who };
    case 'release':
    case 'note':
    case 'recall':
    case 'undo_snooze':
      return { ...act, ...who };
    case 'snooze':
      return { ...act, ...here };
  }
}

/** When what the person acknowledges now runs out: by the pathway the episode is frozen to, and with the person's shift. */
function acknowledgedUntil({ viewer, episode, pathway, team, now }: ActGround, unit: Unit): Date {
  const route = routeOf(pathway, episode.severity, team, episode.ladderStartedAt);
  return acknowledgementEnds(route, shiftEnd(unit, viewer.personId, now), now);
}

/** The name of somebody who works for the owner as a clinician. @throws NotFound */
async function readColleague(tx: EntityManager, { owner }: ActGround, personId: number): Promise<string> {
  const rows = await tx.query<{ name: string }[]>(
    `select p.name from person p join person_unit w on w.person_id = p.id
     where p.id = $1 and w.unit_id = $2 and p.active and p.roles && array['nurse', 'physician', 'team_lead']`,
    [personId, owner.id],
  );
  return found(rows, `clinician of ${owner.name}`, personId).name;
}

type Without<T> = T extends unknown ? Omit<T, 'at' | 'byPersonId' | 'zone'> : never;
type StepOf<K extends PersonStep['kind']> = Without<Extract<PersonStep, { kind: K }>>;

async function toOffer(tx: EntityManager, ground: ActGround, act: Of<'offer'>): Promise<StepOf<'offer'>> {
  const { toUnitId, reason, answerMin, informedUnitIds } = act;
  const unit = await readTold(tx, ground, { unitId: toUnitId, to: 'own an episode' });
  const { way, reason: because } = wayOver(stepToOwner(ground, unit));
  if (way === 'move' && toUnitId !== ground.owner.id) throw new Conflict(`${because.en}: move it instead of offering it`);
  const stranger = informedUnitIds.find((id) => !ground.team.units.some((each) => each.id === id));
  if (stranger !== undefined) throw new Invalid([`unit ${stranger} is not in the patient's team and cannot be informed`]);
  const deadlineAt = deadline(ground, 'handoverMin', answerMin);
  return { kind: 'offer', toUnitId, toUnit: unit.name, deadlineAt, reason, informedUnitIds };
}

function toAnswer(ground: ActGround, act: Of<'accept' | 'decline'>): StepOf<'accept' | 'decline'> {
  const { episode, owner, units } = ground;
  // Without an offer there is nobody to answer for: the pure function says so.
  const unit = units.get(episode.offer?.toUnitId ?? owner.id) ?? owner;
  const answer = { unitId: unit.id, unit: unit.name };
  return act.kind === 'accept' ? { kind: act.kind, ...answer, endsAt: acknowledgedUntil(ground, unit) } : { ...act, ...answer };
}

/** The agreement that let the unit be asked may have ended since. @throws Invalid */
async function refuseAnswerer(tx: EntityManager, { episode, team, now }: ActGround): Promise<void> {
  if (episode.offer === null) return;
  await refuseForeignUnits(tx, { unitIds: [episode.offer.toUnitId], municipalityId: team.municipalityId }, now);
}

async function toQuestion(tx: EntityManager, ground: ActGround, act: Of<'ask_advice'>): Promise<StepOf<'ask_advice'>> {
  const { unitId, question, answerMin } = act;
  const unit = await readTold(tx, ground, { unitId, to: 'be asked for advice' });
  const { isAllowed, reason } = may(stepToOwner(ground, unit), 'ask_advice');
  if (!isAllowed) throw new Conflict(reason.en);
  return { kind: 'ask_advice', unitId, unit: unit.name, question, deadlineAt: deadline(ground, 'consultationMin', answerMin) };
}

function toAdvice({ episode, units, owner }: ActGround, act: Of<'give_advice'>): StepOf<'give_advice'> {
  const asked = episode.consultations.find(({ number }) => number === act.number);
  const unit = units.get(asked?.unitId ?? owner.id) ?? owner;
  return { ...act, unitId: unit.id, unit: unit.name };
}

async function toMove(tx: EntityManager, ground: ActGround, { toUnitId, reason }: Of<'move'>): Promise<StepOf<'move'>> {
  const unit = await readTold(tx, ground, { unitId: toUnitId, to: 'own an episode' });
  const { way, reason: because } = wayOver(stepToOwner(ground, unit));
  if (way !== 'move') throw new Forbidden(`${because.en}: offer it instead`);
  return { kind: 'move', toUnitId, toUnit: unit.name, reason, away: false };
}

/** By when an answer is wanted: the pathway's time for the severity, or a shorter one. */
function deadline({ pathway, episode, now }: ActGround, of: keyof Deadlines, answerMin: number | null): Date {
  const longestMin = pathway.deadlines[of][episode.severity];
  if (answerMin !== null && answerMin > longestMin)
    throw new Invalid([`the time to answer is at most ${longestMin} minutes for ${episode.severity}`]);
  return new Date(now.getTime() + (answerMin ?? longestMin) * MINUTE_MS);
}

/** A unit of the patient's community whose people are told of episodes here: an emergency service is reached by telephone only. */
async function readTold(
  tx: EntityManager,
  ground: ActGround,
  { unitId, to }: { readonly unitId: number; readonly to: 'own an episode' | 'be asked for advice' },
): Promise<Unit> {
  const unit = await readNeighbour(tx, ground, unitId);
  if (!OWNING_LEVELS.includes(unit.careLevel)) throw new Invalid([`${unit.name} is at a level that cannot ${to}`]);
  return unit;
}

/** A unit of the patient's community that may hold the patient's data. @throws NotFound; Invalid it serves another municipality */
async function readNeighbour(tx: EntityManager, { units, episode, team, now }: ActGround, unitId: number): Promise<Unit> {
  const rows = await tx.query<unknown[]>(
    `select from unit u join organisation o on o.id = u.organisation_id join patient p on p.community_id = o.community_id
     where u.id = $1 and p.id = $2`,
    [unitId, episode.patientId],
  );
  const unit = units.get(unitId);
  if (rows.length === 0 || unit === undefined) throw new NotFound("unit of the patient's community", unitId);
  await refuseForeignUnits(tx, { unitIds: [unitId], municipalityId: team.municipalityId }, now);
  return unit;
}
