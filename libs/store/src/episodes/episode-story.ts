import type { Episode, EpisodeStep, NoticeCause } from '@varde/alerts';
import { treatmentLimitsAt } from '@varde/plans';
import type { AppliedLimit, Domain, Result, Severity, SilenceCause, Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { refuseUnseen } from './charts.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './episode-rows.js';
import { readOffers, readQuestions, type KeptOffer, type KeptQuestion } from './handover-lists.js';
import { found } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { readTreatmentLimits } from '../directory/treatment-limits.js';
import { readAdviceOfEpisode, type AdviceLine } from '../looks/home-advice.js';
import type { SentChannel } from '../looks/notices.js';
import { seenBy } from './visibility.js';
import type { RunningSnooze, TreatmentLimitsInForce } from './worklist.js';

/** One line of the history, with the name of the person who did it; null: the program. */
export interface StoryStep extends EpisodeStep {
  readonly by: string | null;
}

/** One evaluation record that belongs to the episode. */
export interface StoryFinding {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly domain: Domain;
  readonly result: Result;
  readonly severity: Severity;
  readonly at: Date;
  readonly receivedAt: Date;
  readonly judgedAt: Date;
  /** Measurements it rests on. */
  readonly readingIds: readonly number[];
  /** As they were when it was judged. */
  readonly limits: readonly AppliedLimit[];
  readonly reason: Words;
  /** Who is silent; null for what is not about silence. */
  readonly cause: SilenceCause | null;
}

/** One message to one unit over one channel; what has not happened is null. */
export interface StoryNotice {
  readonly id: number;
  readonly channel: 'worklist' | SentChannel;
  /** The person whose contact it went to; null: the unit's own, or the worklist. */
  readonly to: string | null;
  readonly cause: NoticeCause;
  readonly severity: Severity;
  readonly unitId: number;
  readonly unit: string;
  readonly text: Words;
  readonly queuedAt: Date;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly readAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly attempts: number;
  readonly givenUpAt: Date | null;
  readonly lastError: string | null;
}

/** An episode with everything that happened to it. */
export interface EpisodeStory {
  readonly episode: Episode;
  readonly ownerUnit: string;
  readonly acknowledgedBy: string | null;
  readonly assignedTo: string | null;
  /** Episodes that turned out to be the same problem and went into it, themselves with those that had gone into them; their findings are here too. */
  readonly absorbedIds: readonly number[];
  /** Who proposes to close it, for a second person to confirm. */
  readonly closeProposedBy: string | null;
  /** Offers to other units, oldest first, with what became of them. */
  readonly offers: readonly KeptOffer[];
  /** Advice asked of other units, oldest first, with the answers. */
  readonly questions: readonly KeptQuestion[];
  readonly steps: readonly StoryStep[];
  readonly findings: readonly StoryFinding[];
  readonly notices: readonly StoryNotice[];
  /** What the patient was told at home. */
  readonly advice: readonly AdviceLine[];
  /** Rules of the episode that are kept quiet for the patient now. */
  readonly snoozes: readonly RunningSnooze[];
  /** Decided for the patient now: known before anybody acts. Null: nothing is. */
  readonly treatmentLimits: TreatmentLimitsInForce | null;
}

interface Names {
  owner_unit: string;
  acknowledged_by: string | null;
  assigned_to: string | null;
  proposed_by: string | null;
}

/** One episode and its whole history. @throws NotFound when there is none among the patients the person may see */
export async function readEpisodeStory(manager: EntityManager, viewer: Viewer, episodeId: number, now: Date): Promise<EpisodeStory> {
  const rows = await manager.query<(EpisodeRow & Names)[]>(
    `select ${EPISODE_COLUMNS}, u.name as owner_unit, a.name as acknowledged_by, t.name as assigned_to, c.name as proposed_by
     from episode e join unit u on u.id = e.owner_unit_id left join person a on a.id = e.acknowledged_by_person_id
     left join person t on t.id = e.assigned_to_person_id left join person c on c.id = (e.close_proposed ->> 'byPersonId')::integer
     where e.id = $1 and ${seenBy('e.patient_id', '$2')}`,
    [episodeId, viewer.unitIds],
  );
  const row = found(rows, 'episode', episodeId);
  const episode = toEpisode(row);
  return {
    episode,
    ownerUnit: row.owner_unit,
    acknowledgedBy: row.acknowledged_by,
    assignedTo: row.assigned_to,
    absorbedIds: await readAbsorbed(manager, episodeId),
    closeProposedBy: row.proposed_by,
    offers: await readOffers(manager, episodeId),
    questions: await readQuestions(manager, episodeId),
    steps: await readSteps(manager, episodeId),
    findings: await readFindings(manager, episodeId),
    notices: await readNotices(manager, episodeId),
    advice: await readAdviceOfEpisode(manager, episodeId),
    snoozes: await readRunningSnoozes(manager, episode, now),
    treatmentLimits: await readTreatmentLimitsInForce(manager, episode, now),
  };
}

async function readTreatmentLimitsInForce(
  manager: EntityManager,
  { patientId }: Episode,
  now: Date,
): Promise<TreatmentLimitsInForce | null> {
  const limits = treatmentLimitsAt(await readTreatmentLimits(manager, patientId), now.getTime());
  if (limits === null) return null;
  const { fromSeverity, unitId, unitName, decision, contact, validTo, reviewBy, version } = limits;
  return { fromSeverity, unitId, unitName, decision, contact, validTo, reviewBy, version };
}

/** SQL: ids of episode $1 and of all that have gone into it. */
export const WITH_ABSORBED = `(
  with recursive whole (id) as (
    select $1::bigint union select e.id from whole w join episode e on e.merged_into_id = w.id
  ) select id from whole)`;

async function readAbsorbed(manager: EntityManager, episodeId: number): Promise<number[]> {
  const rows = await manager.query<{ id: number }[]>(`select id::float8 as id from ${WITH_ABSORBED} whole where id <> $1 order by id`, [
    episodeId,
  ]);
  return rows.map(({ id }) => id);
}

async function readSteps(manager: EntityManager, episodeId: number): Promise<StoryStep[]> {
  interface Row {
    at: Date;
    kind: EpisodeStep['kind'];
    by_person_id: number | null;
    name: string | null;
    reason_nb: string;
    reason_en: string;
  }
  const rows = await manager.query<Row[]>(
    `select s.at, s.kind, s.by_person_id, p.name, s.reason_nb, s.reason_en
     from episode_step s left join person p on p.id = s.by_person_id where s.episode_id = $1 order by s.id`,
    [episodeId],
  );
  return rows.map((row) => ({
    at: row.at,
    kind: row.kind,
    byPersonId: row.by_person_id,
    by: row.name,
    reason: { nb: row.reason_nb, en: row.reason_en },
  }));
}

async function readFindings(manager: EntityManager, episodeId: number): Promise<StoryFinding[]> {
  interface Row extends Omit<StoryFinding, 'readingIds' | 'reason'> {
    readingIds: string[];
    nb: string;
    en: string;
  }
  const rows = await manager.query<Row[]>(
    `select rule_id as "ruleId", rule_version as "ruleVersion", domain, result, severity, at, received_at as "receivedAt",
       judged_at as "judgedAt", reading_ids as "readingIds", limits, reason_nb as nb, reason_en as en, cause
     from finding where episode_id in ${WITH_ABSORBED} order by at, id`,
    [episodeId],
  );
  return rows.map(({ readingIds, nb, en, ...rest }) => ({ ...rest, readingIds: readingIds.map(Number), reason: { nb, en } }));
}

async function readNotices(manager: EntityManager, episodeId: number): Promise<StoryNotice[]> {
  interface Row extends Omit<StoryNotice, 'id' | 'text'> {
    id: string;
    nb: string;
    en: string;
  }
  const rows = await manager.query<Row[]>(
    `select n.id, n.channel, p.name as "to", n.cause, n.severity, n.unit_id as "unitId", u.name as unit, n.text_nb as nb, n.text_en as en,
       n.queued_at as "queuedAt", n.sent_at as "sentAt", n.delivered_at as "deliveredAt", n.read_at as "readAt",
       n.accepted_at as "acceptedAt", n.attempts, n.given_up_at as "givenUpAt", n.last_error as "lastError"
     from notice n join unit u on u.id = n.unit_id left join contact c on c.id = n.contact_id left join person p on p.id = c.person_id
     where n.episode_id = $1 order by n.id`,
    [episodeId],
  );
  return rows.map(({ id, nb, en, ...rest }) => ({ ...rest, id: Number(id), text: { nb, en } }));
}

async function readRunningSnoozes(manager: EntityManager, episode: Episode, now: Date): Promise<RunningSnooze[]> {
  return manager.query<RunningSnooze[]>(
    `select s.rule_id as "ruleId", s.severity, s.until, s.reason, p.name as by
     from snooze s join person p on p.id = s.by_person_id
     where s.patient_id = $1 and s.rule_id = any($2) and s.undone_at is null and s.until > $3 order by s.until`,
    [episode.patientId, episode.signals.map((signal) => signal.ruleId), now],
  );
}

/** Which of a patient's episodes. */
export interface EpisodesQuestion {
  readonly patientId: number;
  readonly state: 'open' | 'closed' | 'all';
  /** Only episodes with a smaller id: the last one of the page before. Null: the first page. */
  readonly beforeId: number | null;
  readonly limit: number;
}

/** A patient's episodes, newest first. @throws NotFound patient */
export async function readPatientEpisodes(manager: EntityManager, viewer: Viewer, question: EpisodesQuestion): Promise<Episode[]> {
  const { patientId, state, beforeId, limit } = question;
  await refuseUnseen(manager, viewer, patientId);
  const rows = await manager.query<EpisodeRow[]>(
    `select ${EPISODE_COLUMNS} from episode e
     where e.patient_id = $1 and ${seenBy('e.patient_id', '$2')} and ($3 = 'all' or (e.closed_at is null) = ($3 = 'open'))
       and ($4::bigint is null or e.id < $4)
     order by e.id desc limit $5`,
    [patientId, viewer.unitIds, state, beforeId, limit],
  );
  return rows.map(toEpisode);
}
