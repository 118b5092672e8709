import type { Episode } from '@varde/alerts';
import { may, teamOf, unitsStep, type Pathway, type StaircaseStep, type Team, type Unit } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { Forbidden, found, NotFound } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { readTeams, readUnitsForLook } from '../looks/teams-read.js';
import type { PersonAct } from './person-act.js';

/** What decides whether a person may do something with an episode. */
export interface ActGround {
  readonly viewer: Viewer;
  readonly episode: Episode;
  /** The version the episode is frozen to: its routes, deadlines and steps of the staircase. */
  readonly pathway: Pathway;
  readonly team: Team;
  readonly owner: Unit;
  /** The units of the person, and whichever unit the act names or an answer waits of. */
  readonly units: ReadonlyMap<number, Unit>;
  readonly now: Date;
}

/** Reads what an act is judged by. The patient's row of `patient_watch` is locked. */
export async function readActGround(
  tx: EntityManager,
  viewer: Viewer,
  { episode, act, now }: { readonly episode: Episode; readonly act: PersonAct; readonly now: Date },
): Promise<ActGround> {
  const { patientId, pathwayId, pathwayVersion, ownerUnitId, offer } = episode;
  const rows = await tx.query<PathwayRow[]>(`select ${PATHWAY_COLUMNS} from pathway p where p.id = $1 and p.version = $2`, [
    pathwayId,
    pathwayVersion,
  ]);
  const team = (await readTeams(tx, [patientId], now)).get(patientId) ?? teamOf([]);
  const ids = [ownerUnitId, ...viewer.unitIds, ...(offer ? [offer.toUnitId] : []), ...namedUnits(act)];
  const units = await readUnitsForLook(tx, [...new Set(ids)], now);
  const owner = units.get(ownerUnitId);
  if (owner === undefined) throw new NotFound('unit', ownerUnitId);
  return { viewer, episode, pathway: toPathway(found(rows, 'pathway', pathwayId)), team, owner, units, now };
}

function namedUnits(act: PersonAct): number[] {
  if (act.kind === 'offer' || act.kind === 'move') return [act.toUnitId];
  return act.kind === 'ask_advice' ? [act.unitId] : [];
}

/** The step of the staircase on which the owner stands with another unit, for this patient's programmes. */
export function stepToOwner({ pathway, owner, team }: ActGround, unit: Unit): StaircaseStep {
  return unitsStep(pathway, owner, unit, team.programmes);
}

/** The unit that the person acts for the owner from: the owner itself, or one that may act for it; undefined: none. */
export function actingUnit(ground: ActGround): Unit | undefined {
  const { viewer, owner, units } = ground;
  if (viewer.unitIds.includes(owner.id)) return owner;
  return viewer.unitIds.flatMap((id) => units.get(id) ?? []).find((unit) => may(stepToOwner(ground, unit), 'act_for_each_other').isAllowed);
}

/** What only people of the owner do; everything else is refused by who was asked. */
const OF_OWNER: ReadonlySet<PersonAct['kind']> = new Set<PersonAct['kind']>([
  'acknowledge',
  'release',
  'close',
  'snooze',
  'undo_snooze',
  'assign',
  'offer',
  'recall',
  'ask_advice',
  'move',
]);

/** Refuses what the person's units may not do with the episode. @throws Forbidden with who may */
export function refuseStranger(ground: ActGround, act: PersonAct): void {
  const { viewer, owner, episode, units } = ground;
  if (OF_OWNER.has(act.kind)) {
    if (actingUnit(ground) !== undefined) return;
    const isOfTeam = viewer.unitIds.some((id) => ground.team.units.some((unit) => unit.id === id));
    const proposed = act.kind === 'close' && isOfTeam ? episode.closeProposed?.outcome : undefined;
    if (proposed === undefined) throw new Forbidden(`${owner.name} owns it: only its people may ${say(act)}`);
    // A second look is anybody's of the team: where one person works alone, nobody else could ever close it. Another outcome would be a
    // proposal of one's own, and with it the episode, which whoever is not of the owner could not give back.
    if (act.kind === 'close' && act.outcome !== proposed)
      throw new Forbidden(`${owner.name} owns it and would close it with ${proposed}: only its people may close it with another outcome`);
    return;
  }
  if (act.kind === 'accept' || act.kind === 'decline') {
    const { offer } = episode;
    if (offer === null || viewer.unitIds.includes(offer.toUnitId)) return;
    throw new Forbidden(`it is offered to ${units.get(offer.toUnitId)?.name ?? 'another unit'}: only its people may ${say(act)}`);
  }
  if (act.kind === 'give_advice') {
    const asked = episode.consultations.find(({ number }) => number === act.number);
    if (asked === undefined || viewer.unitIds.includes(asked.unitId)) return;
    throw new Forbidden('another unit has been asked for that advice');
  }
}

const say = ({ kind }: PersonAct): string => kind.replace('_', ' ');
