import { NEVER_OFFERED, type Episode, type Outcome, type Signal, type Snooze } from '@varde/alerts';
import { CLOSED_HOURS } from '@varde/look';
import type { Domain, Severity } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** A row of table `episode` as the driver gives it: bigint as text, times in the signals as text. */
export interface EpisodeRow {
  id: string;
  patient_id: number;
  domains: Domain[];
  severity: Severity;
  signals: (Omit<Signal, 'firstAt' | 'lastAt' | 'clearedAt'> & { firstAt: string; lastAt: string; clearedAt: string | null })[];
  opened_at: Date;
  last_signal_at: Date;
  owner_unit_id: number;
  acknowledged_at: Date | null;
  acknowledged_by_person_id: number | null;
  acknowledgement_ends_at: Date | null;
  cleared_at: Date | null;
  closed_at: Date | null;
  closed_by_person_id: number | null;
  outcome: Outcome | null;
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
    lastSignalAt: row.last_signal_at,
    ownerUnitId: row.owner_unit_id,
    ...NEVER_OFFERED,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedByPersonId: row.acknowledged_by_person_id,
    acknowledgementEndsAt: row.acknowledgement_ends_at,
    clearedAt: row.cleared_at,
    closedAt: row.closed_at,
    closedByPersonId: row.closed_by_person_id,
    outcome: row.outcome,
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
const FOR_LOOK = `
  select * from episode where id in (select episode_id from episode_domain where patient_id = any($1))
  union all
  select * from episode where patient_id = any($1) and closed_at > $2`;

/** Open episodes of these patients and those closed so lately that a signal may reopen them. Patients with none are left out. */
export async function readEpisodesForLook(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Episode[]>> {
  const closedAfter = new Date(now.getTime() - CLOSED_HOURS * 3_600_000);
  const rows: EpisodeRow[] = await tx.query(FOR_LOOK, [patientIds, closedAfter]);
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
