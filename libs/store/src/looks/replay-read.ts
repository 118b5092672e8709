import type { Episode, EpisodeStep } from '@varde/alerts';
import type { Pathway } from '@varde/routing';
import type { AnswerSet, Finding, RefusedValue, RuleReading } from '@varde/rules';
import { AFTER_EXERCISE } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from '../episodes/episode-rows.js';
import { toAnswerSet, type AnswersRow } from './answers-read.js';
import { toRefusedValue, type RefusedRow } from './watch-window.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from './pathway-rows.js';

/** Everything stored of a patient that a replay may see, once the log says so. */
export interface ReplayMaterial {
  readonly readings: readonly RuleReading[];
  readonly answers: readonly AnswerSet[];
  readonly refused: readonly RefusedValue[];
  /** Acts of measuring that were not at rest. */
  readonly afterExercise: ReadonlySet<number>;
}

/** Reads what a replay of one patient goes by. @param ids the acts and refused values that the patient's log names */
export async function readReplayMaterial(
  manager: EntityManager,
  patientId: number,
  ids: { readonly measurementIds: readonly number[]; readonly refusedIds: readonly number[] },
): Promise<ReplayMaterial> {
  const readings = await manager.query<(Omit<RuleReading, 'measurementId'> & { measurementId: string })[]>(
    `select measurement_id as "measurementId", metric, value, observed_at as "observedAt", received_at as "receivedAt", doubt
     from reading where patient_id = $1 order by observed_at, measurement_id, metric`,
    [patientId],
  );
  const answers = await manager.query<AnswersRow[]>(
    `select patient_id, measurement_id, questionnaire, items, observed_at, received_at
     from answer_set where patient_id = $1 order by observed_at, measurement_id`,
    [patientId],
  );
  const refused = await manager.query<RefusedRow[]>(
    `select patient_id, id, metric, reason, value, otherwise, coalesce(observed_at, received_at) as observed_at, received_at
     from refused where id = any($1::bigint[])`,
    [ids.refusedIds],
  );
  const exercise = await manager.query<{ id: string }[]>(
    `select id from measurement where id = any($1::bigint[]) and detail -> 'context' ->> 'activity' = $2`,
    [ids.measurementIds, AFTER_EXERCISE],
  );
  return {
    readings: readings.map((row) => ({ ...row, measurementId: Number(row.measurementId) })),
    answers: answers.map(toAnswerSet),
    refused: refused.map(toRefusedValue),
    afterExercise: new Set(exercise.map(({ id }) => Number(id))),
  };
}

/** A finding as it is stored. */
export interface StoredFinding {
  readonly id: number;
  readonly finding: Finding;
  readonly judgedAt: Date;
  readonly episodeId: number | null;
}

/** An episode as it is stored, with its history. */
export interface StoredEpisode {
  readonly episode: Episode;
  /** The open offer as the episode's own row names it; the offer itself has a row of its own. */
  readonly offered: { readonly number: number | null; readonly toUnitId: number | null };
  readonly steps: readonly EpisodeStep[];
}

/** What has come of all looks and acts of a patient. */
export interface StoredOutcome {
  readonly findings: readonly StoredFinding[];
  readonly episodes: readonly StoredEpisode[];
}

const FINDINGS = `
  select id, rule_id, rule_version, domain, result, severity, superseded, anchor, at, received_at, judged_at, reading_ids, limits,
    reason_nb, reason_en, pending_until, episode_id, cause
  from finding where patient_id = $1 order by id`;

interface FindingRow {
  id: string;
  rule_id: string;
  rule_version: number;
  domain: Finding['domain'];
  result: Finding['result'];
  severity: Finding['severity'];
  superseded: boolean;
  anchor: string;
  at: Date;
  received_at: Date;
  judged_at: Date;
  reading_ids: string[];
  limits: Finding['limits'];
  reason_nb: string;
  reason_en: string;
  pending_until: Date | null;
  episode_id: string | null;
  cause: Finding['cause'] | null;
}

type StoredEpisodeRow = EpisodeRow & { readonly offer_number: number | null; readonly offered_to_unit_id: number | null };

/** Everything recorded of a patient, every column of it. */
export async function readStoredOutcome(manager: EntityManager, patientId: number): Promise<StoredOutcome> {
  const findings = await manager.query<FindingRow[]>(FINDINGS, [patientId]);
  const episodes = await manager.query<StoredEpisodeRow[]>(
    `select ${EPISODE_COLUMNS}, e.offer_number, e.offered_to_unit_id from episode e where e.patient_id = $1 order by e.id`,
    [patientId],
  );
  const steps = await manager.query<
    { episode_id: string; at: Date; kind: EpisodeStep['kind']; by_person_id: number | null; nb: string; en: string }[]
  >(
    `select s.episode_id, s.at, s.kind, s.by_person_id, s.reason_nb as nb, s.reason_en as en
     from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 order by s.id`,
    [patientId],
  );
  return {
    findings: findings.map((row) => ({
      id: Number(row.id),
      judgedAt: row.judged_at,
      episodeId: row.episode_id === null ? null : Number(row.episode_id),
      finding: toFinding(row),
    })),
    episodes: episodes
      .map((row) => ({ row, episode: toEpisode(row) }))
      .map(({ row, episode }) => ({
        episode,
        offered: { number: row.offer_number, toUnitId: row.offered_to_unit_id },
        steps: steps
          .filter((step) => Number(step.episode_id) === episode.id)
          .map((step) => ({ at: step.at, kind: step.kind, byPersonId: step.by_person_id, reason: { nb: step.nb, en: step.en } })),
      })),
  };
}

function toFinding(row: FindingRow): Finding {
  return {
    ruleId: row.rule_id,
    ruleVersion: row.rule_version,
    domain: row.domain,
    result: row.result,
    severity: row.severity,
    superseded: row.superseded,
    anchor: row.anchor,
    at: row.at,
    receivedAt: row.received_at,
    readingIds: row.reading_ids.map(Number),
    limits: row.limits,
    reason: { nb: row.reason_nb, en: row.reason_en },
    pendingUntil: row.pending_until,
    ...(row.cause !== null && { cause: row.cause }),
  } as Finding;
}

/** Versions of pathways, which are never changed. @returns by `id/version` */
export async function readFrozenPathways(
  manager: EntityManager,
  versions: readonly { readonly id: number; readonly version: number }[],
): Promise<Map<string, Pathway>> {
  const rows = await manager.query<PathwayRow[]>(
    `select ${PATHWAY_COLUMNS} from pathway p join unnest($1::int[], $2::int[]) as wanted (id, version) using (id, version)`,
    [versions.map(({ id }) => id), versions.map(({ version }) => version)],
  );
  return new Map(rows.map((row) => [`${row.id}/${row.version}`, toPathway(row)]));
}
