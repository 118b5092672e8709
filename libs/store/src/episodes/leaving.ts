import { nextEpisode, type Episode, type LeaveReason, type PersonStep } from '@varde/alerts';
import { dueLadderSteps, shiftEnd } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { found } from '../directory/illegal.js';
import { CLINICAL_ROLES } from '../directory/people.js';
import type { Viewer } from '../directory/sessions.js';
import { savePersonAct } from '../looks/look-log.js';
import { actingUnit, readActGround, type ActGround } from './act-ground.js';
import { settleNoticesOfPerson } from './episode-notices.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './episode-rows.js';
import { saveEpisodeChanges } from './episodes.js';

const LOCK_WATCHES = `
  with held as (
    select distinct patient_id from episode
    where closed_at is null and (acknowledged_by_person_id = $1 or assigned_to_person_id = $1)
  ), locked as (
    select w.patient_id from patient_watch w where w.patient_id in (select patient_id from held) order by w.patient_id for update
  )
  update patient_watch w set due_at = least(w.due_at, $2) from locked where w.patient_id = locked.patient_id returning w.patient_id`;

const HELD = `
  select ${EPISODE_COLUMNS} from episode e
  where e.patient_id = any($1::int[]) and e.closed_at is null and (e.acknowledged_by_person_id = $2 or e.assigned_to_person_id = $2)
  order by e.id for update of e`;

const PERSON = `
  select p.id as "personId", p.username, p.name, p.roles, p.active,
    array(select w.unit_id from person_unit w where w.person_id = p.id order by 1) as "unitIds"
  from person p where p.id = $1`;

type Who = Viewer & { readonly active: boolean };

/**
 * Puts back into the queue what a person has or was given and may act on no longer, as accounts, roles and units are now: the ladder goes on at
 * once. Nor are they told of episodes any more where they may not act. Last in its transaction, after the watches of those their units follow.
 * @returns the episodes
 */
export async function leaveEpisodes(tx: EntityManager, personId: number, now: Date): Promise<number[]> {
  const left = await changeHeld(tx, personId, now, (ground, who) => {
    const why = whyLeft(ground, who);
    return why === null ? null : { kind: 'leave', at: now, byPersonId: personId, why };
  });
  await settleNoticesOfPerson(tx, personId, now);
  return left;
}

function whyLeft(ground: ActGround, { active, roles }: Who): LeaveReason | null {
  if (!active) return 'account_closed';
  if (!roles.some((role) => CLINICAL_ROLES.includes(role))) return 'role_lost';
  return actingUnit(ground) === undefined ? 'unit_left' : null;
}

/** Duty that somebody does not do, or not to its end. */
export interface ShortenedDuty {
  readonly unitId: number;
  readonly personId: number;
  /** It had begun. */
  readonly wasRunning: boolean;
}

/**
 * Has what a person acknowledged for a unit run out with the duty they have left there. Last in its transaction.
 * @returns the episodes
 */
export async function endShift(tx: EntityManager, { unitId, personId, wasRunning }: ShortenedDuty, now: Date): Promise<number[]> {
  return changeHeld(tx, personId, now, (ground) => {
    const { acknowledgedByPersonId, acknowledgementEndsAt } = ground.episode;
    const unit = actingUnit(ground);
    if (acknowledgedByPersonId !== personId || unit?.id !== unitId || unit.duty === null) return null;
    // Who has no duty now had none to end, unless it is the one that was cut: what they acknowledged then holds as the pathway says.
    const endsAt = shiftEnd(unit, personId, now) ?? (wasRunning ? now : null);
    if (endsAt === null || (acknowledgementEndsAt !== null && acknowledgementEndsAt <= endsAt)) return null;
    return { kind: 'end_shift', at: now, byPersonId: personId, zone: ground.team.zone, endsAt };
  });
}

/** Does to each open episode that a person has or was given what a step says, null: nothing. Their patients are looked at again at once. */
async function changeHeld(
  tx: EntityManager,
  personId: number,
  now: Date,
  toStep: (ground: ActGround, who: Who) => PersonStep | null,
): Promise<number[]> {
  const [locked] = await tx.query<[{ patient_id: number }[], number]>(LOCK_WATCHES, [personId, now]);
  if (locked.length === 0) return [];
  const rows = await tx.query<EpisodeRow[]>(HELD, [locked.map((row) => row.patient_id), personId]);
  const who = found(await tx.query<Who[]>(PERSON, [personId]), 'person', personId);
  const changes = [];
  for (const episode of rows.map(toEpisode)) {
    const ground = await readActGround(tx, who, { episode, act: { kind: 'acknowledge' }, now });
    const step = toStep(ground, who);
    if (step === null) continue;
    await savePersonAct(tx, episode.patientId, episode.id, step);
    changes.push({ patientId: episode.patientId, change: changeOf(ground, step) });
  }
  await saveEpisodeChanges(tx, changes, now);
  await tx.query(`select pg_notify('varde_due', '')`);
  return changes.map(({ change }) => change.episode.id);
}

/** The owner is told by the ladder that begins at once, when its first step goes to the owner: then not twice. */
function changeOf({ episode, pathway, team, now }: ActGround, step: PersonStep) {
  const { episode: next, steps, notices } = nextEpisode(episode, step);
  const firstStep: readonly { unitId: number }[] =
    next.acknowledgedAt === null ? (dueLadderSteps(next, pathway, team, now)?.notices ?? []) : [];
  const untold = notices.filter(({ unitId }) => !firstStep.some((told) => told.unitId === unitId));
  return { episode: next as Episode, steps, notices: untold, findings: [] };
}
