import { IllegalMove, nextEpisode, snoozeOf, stateOf, type Episode, type PersonStep } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { Conflict, Forbidden, found, NotFound } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { savePersonAct } from '../looks/look-log.js';
import { readActGround, refuseStranger } from './act-ground.js';
import { toPersonStep } from './act-steps.js';
import { readTakeOver } from './called-unit.js';
import { settleNotices } from './episode-notices.js';
import { readEpisodeNow, type EpisodeNow } from './episode-now.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './episode-rows.js';
import { saveEpisodeChanges, StaleEpisode } from './episodes.js';
import { saveGuest } from './guests.js';
import type { EpisodeAct, PersonAct } from './person-act.js';
import { askedOf, seenBy } from './visibility.js';

/** Why an act was refused, with how the episode stands: who came too late is told who has it now. */
export type RefusedAct = (IllegalMove | StaleEpisode | Forbidden | Conflict) & { readonly episodeNow: EpisodeNow };

/**
 * Locks the patient's watch and the episode, asks who may and then the pure function, and saves what it answers with everything that follows
 * from it. The patient is looked at again at once: the act has moved what can happen by the clock. To acknowledge again what one holds
 * changes nothing within a minute, and holds as long again later.
 * @throws NotFound no such episode among the patients the person may see, or no such unit or person; Invalid; RefusedAct: Forbidden somebody
 * else may do this; IllegalMove its state does not allow it; StaleEpisode it was changed since the person saw it; Conflict the organisations
 * work together otherwise
 */
export async function changeEpisode(tx: EntityManager, viewer: Viewer, whole: EpisodeAct, now: Date): Promise<Episode> {
  const episode = await lockEpisode(tx, viewer, whole, now);
  try {
    return await act(tx, viewer, { ...whole, episode }, now);
  } catch (error) {
    const isRefusal =
      error instanceof IllegalMove || error instanceof StaleEpisode || error instanceof Forbidden || error instanceof Conflict;
    if (!isRefusal) throw error;
    throw Object.assign(error, { episodeNow: await readEpisodeNow(tx, whole.episodeId) }) satisfies RefusedAct;
  }
}

async function act(
  tx: EntityManager,
  viewer: Viewer,
  { episode, episodeId, seenVersion, act: wanted }: EpisodeAct & { readonly episode: Episode },
  now: Date,
): Promise<Episode> {
  const ground = await readActGround(tx, viewer, { episode, act: wanted, now });
  const isHeld = stateOf(episode) === 'acknowledged' && episode.acknowledgedByPersonId === viewer.personId;
  if (wanted.kind === 'acknowledge' && isHeld && !isProlonged(episode, await toPersonStep(tx, ground, wanted))) return episode;
  if (seenVersion !== null && seenVersion !== episode.version) throw new StaleEpisode([episodeId]);
  const takeOver = wanted.kind === 'acknowledge' ? await readTakeOver(tx, ground) : null;
  if (takeOver !== null) {
    const taken = await write(tx, viewer, { episode, step: takeOver }, now);
    return act(tx, viewer, { episode: taken, episodeId, seenVersion: null, act: wanted }, now);
  }
  // An answer to an offer that waits no more is refused by what became of it, not by who may answer.
  if (episode.offer !== null || !ANSWERS.has(wanted.kind)) refuseStranger(ground, wanted);
  return write(tx, viewer, { episode, step: await toPersonStep(tx, ground, wanted), ...answerOf(wanted) }, now);
}

/** Writes what a step makes of an episode, and the step itself into the patient's log. */
async function write(
  tx: EntityManager,
  viewer: Viewer,
  { episode, step, ...answer }: { readonly episode: Episode; readonly step: PersonStep; readonly answer?: string },
  now: Date,
): Promise<Episode> {
  const { id, patientId } = episode;
  const { episode: next, steps, notices } = nextEpisode(episode, step);
  await savePersonAct(tx, patientId, id, step);
  await saveSnooze(tx, episode, step);
  if (step.kind === 'acknowledge' || step.kind === 'close' || step.kind === 'accept') await settleNotices(tx, next, viewer, now);
  if (next.ownerUnitId !== episode.ownerUnitId) await saveGuest(tx, next, now);
  const change = { episode: next, steps, findings: [], notices };
  await saveEpisodeChanges(tx, [{ patientId, change, ...answer }], now);
  return next;
}

/** A repeated acknowledgement changes nothing; one made much later holds as long again: a nurse may be on the telephone for an hour. */
const REPEATED_WITHIN_MS = 60_000;

function isProlonged({ acknowledgementEndsAt }: Episode, step: PersonStep): boolean {
  if (step.kind !== 'acknowledge' || acknowledgementEndsAt === null) return false;
  return step.endsAt === null || step.endsAt.getTime() - acknowledgementEndsAt.getTime() > REPEATED_WITHIN_MS;
}

const ANSWERS: ReadonlySet<PersonAct['kind']> = new Set<PersonAct['kind']>(['accept', 'decline', 'recall']);

function answerOf(wanted: PersonAct): { readonly answer?: string } {
  if (wanted.kind === 'decline' || wanted.kind === 'recall') return { answer: wanted.reason };
  return wanted.kind === 'give_advice' ? { answer: wanted.answer } : {};
}

const LOCK_WATCH = `
  update patient_watch w set due_at = least(w.due_at, $3)
  from episode e where e.id = $1 and w.patient_id = e.patient_id and (${seenBy('e.patient_id', '$2')} or ${askedOf('e.id', '$2')})
  returning w.patient_id`;

/**
 * The watch first, as a watcher does: a look and a person never decide about one patient at the same time. Before it the patient, when the
 * team may change, as whoever changes a team does. Whoever was asked to take or advise may still answer, to be told that it is too late.
 */
async function lockEpisode(tx: EntityManager, viewer: Viewer, { episodeId, act: { kind } }: EpisodeAct, now: Date): Promise<Episode> {
  if (kind === 'accept' || kind === 'move') {
    await tx.query(`select from patient p join episode e on e.patient_id = p.id where e.id = $1 for no key update of p`, [episodeId]);
  }
  const [locked] = await tx.query<[unknown[], number]>(LOCK_WATCH, [episodeId, viewer.unitIds, now]);
  if (locked.length === 0) throw new NotFound('episode', episodeId);
  const isAnswer = kind === 'accept' || kind === 'decline' || kind === 'give_advice';
  const rows = await tx.query<EpisodeRow[]>(
    `select ${EPISODE_COLUMNS} from episode e
     where e.id = $1 and (${seenBy('e.patient_id', '$2')} or ($3 and ${askedOf('e.id', '$2')})) for update of e`,
    [episodeId, viewer.unitIds, isAnswer],
  );
  return toEpisode(found(rows, 'episode', episodeId));
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
