import { IllegalMove, nextEpisode, snoozeOf, stateOf, type Episode, type Outcome, type PersonStep } from '@varde/alerts';
import { acknowledgementEnds } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { toEpisode, type EpisodeRow } from './episode-rows.js';
import { saveEpisodeChanges, StaleEpisode } from './episodes.js';
import { found } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { savePersonAct } from '../looks/look-log.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { seenBy } from './visibility.js';

/** An outcome a person may choose. */
export const OUTCOMES: readonly Exclude<Outcome, 'settled'>[] = [
  'treated_at_home',
  'plan_changed',
  'seen_by_gp',
  'sent_to_legevakt',
  'admitted',
  'false_measurement',
  'technical_fixed',
  'no_action_needed',
];

/** What a person does with an episode, in their own words where they have some. */
export type PersonAct =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'release'; readonly note: string }
  | { readonly kind: 'note'; readonly note: string }
  | { readonly kind: 'close'; readonly outcome: Exclude<Outcome, 'settled'>; readonly note: string }
  | { readonly kind: 'snooze'; readonly ruleId: string; readonly until: Date; readonly note: string }
  | { readonly kind: 'undo_snooze'; readonly ruleId: string };

/** An act with the episode it is done to. */
export interface EpisodeAct {
  readonly episodeId: number;
  /** The version the person saw; null to act on whatever there is. */
  readonly seenVersion: number | null;
  readonly act: PersonAct;
}

/**
 * Locks the patient's watch and the episode, asks the pure function, and saves what it answers with everything that follows from it.
 * The patient is looked at again at once: the act has moved what can happen by the clock. To acknowledge what one holds already
 * changes nothing.
 * @throws NotFound no such episode among the patients the person may see; IllegalMove its state does not allow it;
 * StaleEpisode it was changed since the person saw it
 */
export async function changeEpisode(
  tx: EntityManager,
  viewer: Viewer,
  { episodeId, seenVersion, act }: EpisodeAct,
  now: Date,
): Promise<Episode> {
  const episode = await lockEpisode(tx, viewer, episodeId, now);
  if (act.kind === 'acknowledge' && stateOf(episode) === 'acknowledged' && episode.acknowledgedByPersonId === viewer.personId)
    return episode;
  if (seenVersion !== null && seenVersion !== episode.version) throw new StaleEpisode([episodeId]);
  const step = await toStep(tx, episode, act, { byPersonId: viewer.personId, at: now });
  const { episode: next, steps, notices } = nextEpisode(episode, step);
  await savePersonAct(tx, episode.patientId, episodeId, step);
  await saveSnooze(tx, episode, step);
  if (act.kind === 'acknowledge' || act.kind === 'close') await settleNotices(tx, episodeId, viewer, now);
  await saveEpisodeChanges(tx, [{ patientId: episode.patientId, change: { episode: next, steps, findings: [], notices } }], now);
  return next;
}

const LOCK_WATCH = `
  update patient_watch w set due_at = least(w.due_at, $3)
  from episode e where e.id = $1 and w.patient_id = e.patient_id and ${seenBy('e.patient_id', '$2')}`;

/** The watch first, as a watcher does: a look and a person never decide about one patient at the same time. */
async function lockEpisode(tx: EntityManager, viewer: Viewer, episodeId: number, now: Date): Promise<Episode> {
  await tx.query(LOCK_WATCH, [episodeId, viewer.unitIds, now]);
  const rows = await tx.query<EpisodeRow[]>(
    `select e.* from episode e where e.id = $1 and ${seenBy('e.patient_id', '$2')} for update of e`,
    [episodeId, viewer.unitIds],
  );
  return toEpisode(found(rows, 'episode', episodeId));
}

async function toStep(
  tx: EntityManager,
  episode: Episode,
  act: PersonAct,
  who: { readonly byPersonId: number; readonly at: Date },
): Promise<PersonStep> {
  if (act.kind === 'close') return { ...act, ...who, secondLook: true };
  if (act.kind !== 'acknowledge') return { ...act, ...who };
  const { pathwayId, pathwayVersion } = episode;
  const rows = await tx.query<PathwayRow[]>(`select ${PATHWAY_COLUMNS} from pathway p where p.id = $1 and p.version = $2`, [
    pathwayId,
    pathwayVersion,
  ]);
  const frozen = toPathway(found(rows, 'pathway', pathwayId));
  return { kind: 'acknowledge', ...who, endsAt: acknowledgementEnds(frozen, episode.severity, who.at) };
}

/** One running snooze per rule: a new one takes the place of the one before. */
async function saveSnooze(tx: EntityManager, episode: Episode, step: PersonStep): Promise<void> {
  if (step.kind !== 'snooze' && step.kind !== 'undo_snooze') return;
  const [ended] = await tx.query<[unknown[], number]>(
    `update snooze set undone_at = $3 where patient_id = $1 and rule_id = $2 and undone_at is null and until > $3 returning id`,
    [episode.patientId, step.ruleId, step.at],
  );
  if (step.kind === 'undo_snooze') {
    if (ended.length === 0) throw new IllegalMove(step.kind, stateOf(episode), `${step.ruleId} is not kept quiet`);
    return;
  }
  const { ruleId, severity, from, until } = snoozeOf(episode, step);
  await tx.query(
    `insert into snooze (patient_id, rule_id, severity, from_at, until, reason, by_person_id) values ($1, $2, $3, $4, $5, $6, $7)`,
    [episode.patientId, ruleId, severity, from, until, step.note, step.byPersonId],
  );
}

/** What was told to the person's units is accepted; what has not reached anybody yet need not: somebody has it. */
async function settleNotices(tx: EntityManager, episodeId: number, viewer: Viewer, now: Date): Promise<void> {
  // In order of id: several persons and the sender change notices at the same time.
  await tx.query(`select from notice where episode_id = $1 order by id for update`, [episodeId]);
  await tx.query(
    `update notice set accepted_at = $3, read_at = coalesce(read_at, $3),
       delivered_at = coalesce(delivered_at, case channel when 'worklist' then $3::timestamptz end)
     where episode_id = $1 and unit_id = any($2) and accepted_at is null`,
    [episodeId, viewer.unitIds, now],
  );
  await tx.query(
    `update notice set next_try_at = null, given_up_at = $2, last_error = 'somebody had it before it was delivered'
     where episode_id = $1 and next_try_at is not null and delivered_at is null`,
    [episodeId, now],
  );
}

const DELIVERED = `
  update notice set delivered_at = $3 where id in (
    select n.id from notice n
    join (select distinct * from unnest($1::bigint[], $2::integer[])) as shown (episode_id, unit_id)
      on n.episode_id = shown.episode_id and n.unit_id = shown.unit_id
    where n.channel = 'worklist' and n.delivered_at is null
    for update of n skip locked)`;

/**
 * Marks notices on the worklist as delivered to the person's units: the episodes have been put before somebody of them. One that somebody
 * else is just changing is passed over: it is being delivered, read or accepted.
 */
export async function saveNoticesDelivered(
  manager: EntityManager,
  shown: readonly { readonly episodeId: number; readonly unitIds: readonly number[] }[],
  now: Date,
): Promise<void> {
  const pairs = shown.flatMap(({ episodeId, unitIds }) => unitIds.map((unitId) => ({ episodeId, unitId })));
  if (pairs.length === 0) return;
  await manager.query(DELIVERED, [pairs.map((pair) => pair.episodeId), pairs.map((pair) => pair.unitId), now]);
}

const READ = `
  update notice set read_at = $3, delivered_at = coalesce(delivered_at, case channel when 'worklist' then $3::timestamptz end)
  where id in (
    select id from notice where episode_id = $1 and unit_id = any($2) and read_at is null for update skip locked)`;

/** Marks what was told to the person's units about an episode as read: somebody of them has opened it. */
export async function saveNoticesRead(manager: EntityManager, viewer: Viewer, episodeId: number, now: Date): Promise<void> {
  await manager.query(READ, [episodeId, viewer.unitIds, now]);
}
