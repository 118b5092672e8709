import type { CloseProposal, Consultation, Episode, HandoverOffer, Outcome, Signal, Snooze } from '@varde/alerts';
import { CLOSED_HOURS } from '@varde/look';
import type { Domain, Severity } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import type { JsonTexts } from '../server/json-texts.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** An episode `e` with the offer that waits and the questions that do. */
export const EPISODE_COLUMNS = `e.id, e.patient_id, e.domains, e.severity, e.signals, e.opened_at, e.begun_again_at, e.last_signal_at,
  e.owner_unit_id, e.assigned_to_person_id, e.offers_made, e.consultations_asked, e.follower_unit_ids, e.close_proposed, e.acknowledged_at,
  e.acknowledged_by_person_id, e.acknowledgement_ends_at, e.cleared_at, e.closed_at, e.closed_by_person_id, e.outcome, e.merged_into_id,
  e.relapses, e.pathway_id, e.pathway_version, e.ladder_started_at, e.ladder_steps_taken, e.next_step_at, e.version,
  case when e.offer_number is not null then (
    select json_build_object('number', h.number, 'toUnitId', h.to_unit_id, 'offeredAt', h.offered_at, 'offeredByPersonId',
      h.offered_by_person_id, 'deadlineAt', h.deadline_at, 'reason', h.reason, 'informedUnitIds', h.informed_unit_ids)
    from handover h where h.episode_id = e.id and h.fate is null
  ) end as offer,
  case when e.consultations_asked > 0 and e.closed_at is null then (
    select json_agg(json_build_object('number', c.number, 'unitId', c.unit_id, 'askedAt', c.asked_at, 'askedByPersonId',
      c.asked_by_person_id, 'deadlineAt', c.deadline_at, 'question', c.question) order by c.number)
    from consultation c where c.episode_id = e.id and c.fate is null
  ) end as consultations`;

/** A row with `EPISODE_COLUMNS` as the driver gives it: bigint as text, times in JSON as text. */
export interface EpisodeRow {
  id: string;
  patient_id: number;
  domains: Domain[];
  severity: Severity;
  signals: JsonTexts<Signal>[];
  opened_at: Date;
  begun_again_at: Date | null;
  last_signal_at: Date;
  owner_unit_id: number;
  assigned_to_person_id: number | null;
  offers_made: number;
  consultations_asked: number;
  follower_unit_ids: number[];
  close_proposed: JsonTexts<CloseProposal> | null;
  offer: JsonTexts<HandoverOffer> | null;
  consultations: JsonTexts<Consultation>[] | null;
  acknowledged_at: Date | null;
  acknowledged_by_person_id: number | null;
  acknowledgement_ends_at: Date | null;
  cleared_at: Date | null;
  closed_at: Date | null;
  closed_by_person_id: number | null;
  outcome: Outcome | null;
  merged_into_id: string | null;
  relapses: number;
  pathway_id: number;
  pathway_version: number;
  ladder_started_at: Date;
  ladder_steps_taken: number;
  next_step_at: Date | null;
  version: number;
}

/** The episode a row holds. */
export function toEpisode(row: EpisodeRow): Episode {
  return {
    id: Number(row.id),
    patientId: row.patient_id,
    domains: row.domains,
    severity: row.severity,
    signals: row.signals.map((signal) => ({
      ...signal,
      firstAt: new Date(signal.firstAt),
      lastAt: new Date(signal.lastAt),
      clearedAt: signal.clearedAt === null ? null : new Date(signal.clearedAt),
    })),
    openedAt: row.opened_at,
    begunAgainAt: row.begun_again_at,
    lastSignalAt: row.last_signal_at,
    ownerUnitId: row.owner_unit_id,
    assignedToPersonId: row.assigned_to_person_id,
    offer: row.offer && { ...row.offer, offeredAt: new Date(row.offer.offeredAt), deadlineAt: new Date(row.offer.deadlineAt) },
    offersMade: row.offers_made,
    consultations: (row.consultations ?? []).map((each) => ({
      ...each,
      askedAt: new Date(each.askedAt),
      deadlineAt: new Date(each.deadlineAt),
    })),
    consultationsAsked: row.consultations_asked,
    followerUnitIds: row.follower_unit_ids,
    closeProposed: row.close_proposed && { ...row.close_proposed, at: new Date(row.close_proposed.at) },
    acknowledgedAt: row.acknowledged_at,
    acknowledgedByPersonId: row.acknowledged_by_person_id,
    acknowledgementEndsAt: row.acknowledgement_ends_at,
    clearedAt: row.cleared_at,
    closedAt: row.closed_at,
    closedByPersonId: row.closed_by_person_id,
    outcome: row.outcome,
    mergedIntoId: row.merged_into_id === null ? null : Number(row.merged_into_id),
    relapses: row.relapses,
    pathwayId: row.pathway_id,
    pathwayVersion: row.pathway_version,
    ladderStartedAt: row.ladder_started_at,
    ladderStepsTaken: row.ladder_steps_taken,
    nextStepAt: row.next_step_at,
    version: row.version,
  };
}

// By way of episode_domain, which holds open episodes only: the history of closed ones is not walked.
const FOR_LOOK: Prepared = {
  name: 'varde_episodes_for_look',
  text: `
  select ${EPISODE_COLUMNS} from episode e where e.id in (select episode_id from episode_domain where patient_id = any($1))
  union all
  select ${EPISODE_COLUMNS} from episode e where e.patient_id = any($1) and e.closed_at > $2`,
};

/** Open episodes of these patients and those closed so lately that a signal may reopen them. Patients with none are left out. */
export async function readEpisodesForLook(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Episode[]>> {
  const closedAfter = new Date(now.getTime() - CLOSED_HOURS * 3_600_000);
  const rows = await queryPrepared<EpisodeRow>(tx, FOR_LOOK, [patientIds, closedAfter], patientIds.length);
  const groups = groupRows(rows, toEpisode);
  // Which of two episodes a finding joins must not hang on where their rows lie.
  for (const group of groups.values()) group.sort((a, b) => a.id - b.id);
  return groups;
}

/** The columns of table `snooze` that a look sees. */
export interface SnoozeRow {
  id: number;
  patient_id: number;
  rule_id: string;
  severity: Severity;
  from_at: Date;
  until: Date;
}

/** The snooze a row holds. */
export function toSnooze(row: SnoozeRow): Snooze {
  return { id: row.id, ruleId: row.rule_id, severity: row.severity, from: row.from_at, until: row.until };
}

const SNOOZES: Prepared = {
  name: 'varde_snoozes',
  text: `select id, patient_id, rule_id, severity, from_at, until from snooze where patient_id = any($1) and until > $2 and undone_at is null`,
};

/** Snoozes in force at `now`, by patient. Patients with none are left out. */
export async function readSnoozes(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Snooze[]>> {
  const rows = await queryPrepared<SnoozeRow>(tx, SNOOZES, [patientIds, now], patientIds.length);
  return groupRows(rows, toSnooze);
}
