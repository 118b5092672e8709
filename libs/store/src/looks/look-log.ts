import type { PersonStep } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/**
 * What a line of a patient's log tells: a look that decided, one that could not (`failed`, `set_aside`, `no_pathway`), readings that were
 * set aside unseen, or what a person did. `begins`: the patient was looked at before there was a log. `wearer_corrected`: readings that
 * looks before this saw are another patient's now, or doubtful, or have been completed by what was refused when they came.
 */
export type LogKind = 'begins' | 'wearer_corrected' | 'look' | 'failed' | 'set_aside' | 'no_pathway' | 'postponed' | 'act';

/** One look, as it is kept. Hashes are hexadecimal SHA-256 of what table `look_facts` holds. */
export interface KeptLook {
  readonly patientId: number;
  readonly kind: Exclude<LogKind, 'begins' | 'wearer_corrected' | 'postponed' | 'act'>;
  readonly at: Date;
  readonly unlookedFrom: Date | null;
  /** Acts of measuring seen for the first time. */
  readonly measurementIds: readonly number[];
  /** Refused values within the window. */
  readonly refusedIds: readonly number[];
  readonly planHash: string | null;
  readonly teamHash: string | null;
  readonly pathway: { readonly id: number; readonly version: number } | null;
  /** JSON of whatever else the look was given. */
  readonly also: string | null;
}

/** One line of a patient's log. */
export interface LogLine extends Omit<KeptLook, 'kind'> {
  readonly id: number;
  readonly kind: LogKind;
  /** The episode a person acted on. */
  readonly episodeId: number | null;
}

const SAVE_LOOKS: Prepared = {
  name: 'varde_save_looks',
  text: `
  insert into patient_log (patient_id, kind, at, unlooked_from, measurement_ids, refused_ids, plan_hash, team_hash, pathway_id,
    pathway_version, also)
  select l.patient_id, l.kind, l.at, l.unlooked_from, l.measurement_ids::bigint[], l.refused_ids::bigint[], decode(l.plan_hash, 'hex'),
    decode(l.team_hash, 'hex'), l.pathway_id, l.pathway_version, l.also
  from unnest($1::integer[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::integer[], $10::integer[], $11::text[])
    as l (patient_id, kind, at, unlooked_from, measurement_ids, refused_ids, plan_hash, team_hash, pathway_id, pathway_version, also)`,
};

/** Adds looks to the patients' logs, in one statement. The patients' rows of `patient_watch` are locked, so ids are in order. */
export async function saveLooks(tx: EntityManager, looks: readonly KeptLook[]): Promise<void> {
  if (looks.length === 0) return;
  await queryPrepared(
    tx,
    SAVE_LOOKS,
    [
      looks.map((look) => look.patientId),
      looks.map((look) => look.kind),
      looks.map((look) => look.at),
      looks.map((look) => look.unlookedFrom),
      looks.map((look) => `{${look.measurementIds.join()}}`),
      looks.map((look) => `{${look.refusedIds.join()}}`),
      looks.map((look) => look.planHash),
      looks.map((look) => look.teamHash),
      looks.map((look) => look.pathway?.id ?? null),
      looks.map((look) => look.pathway?.version ?? null),
      looks.map((look) => look.also),
    ],
    looks.length,
  );
}

const SAVE_FACTS: Prepared = {
  name: 'varde_save_facts',
  text: `
  insert into look_facts (hash, json) select decode(f.hash, 'hex'), f.json from unnest($1::text[], $2::text[]) as f (hash, json)
  order by f.hash on conflict (hash) do nothing`,
};

/** Keeps facts that looks point to; those that are there already stay. @param facts JSON by hash */
export async function saveLookFacts(tx: EntityManager, facts: ReadonlyMap<string, string>): Promise<void> {
  if (facts.size === 0) return;
  await queryPrepared(tx, SAVE_FACTS, [[...facts.keys()], [...facts.values()]], facts.size);
}

/** Adds what a person did to the patient's log. The patient's row of `patient_watch` is locked. */
export async function savePersonAct(tx: EntityManager, patientId: number, episodeId: number, step: PersonStep): Promise<void> {
  await tx.query(`insert into patient_log (patient_id, kind, at, episode_id, also) values ($1, 'act', $2, $3, $4)`, [
    patientId,
    step.at,
    episodeId,
    JSON.stringify(step),
  ]);
}

/** Patients who have a log, by id, after `afterId`. */
export async function readLoggedPatients(manager: EntityManager, afterId: number, limit: number): Promise<number[]> {
  const rows = await manager.query<{ patient_id: number }[]>(
    `select distinct patient_id from patient_log where patient_id > $1 order by patient_id limit $2`,
    [afterId, limit],
  );
  return rows.map((row) => row.patient_id);
}

interface LineRow {
  id: string;
  kind: LogKind;
  at: Date;
  unlooked_from: Date | null;
  measurement_ids: string[];
  refused_ids: string[];
  plan_hash: string | null;
  team_hash: string | null;
  pathway_id: number | null;
  pathway_version: number | null;
  also: string | null;
  episode_id: string | null;
}

/** A patient's log from its beginning, in the order of what happened. */
export async function readPatientLog(manager: EntityManager, patientId: number): Promise<LogLine[]> {
  const rows = await manager.query<LineRow[]>(
    `select id, kind, at, unlooked_from, measurement_ids, refused_ids, encode(plan_hash, 'hex') as plan_hash,
       encode(team_hash, 'hex') as team_hash, pathway_id, pathway_version, also, episode_id
     from patient_log where patient_id = $1 order by id`,
    [patientId],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    patientId,
    kind: row.kind,
    at: row.at,
    unlookedFrom: row.unlooked_from,
    measurementIds: row.measurement_ids.map(Number),
    refusedIds: row.refused_ids.map(Number),
    planHash: row.plan_hash,
    teamHash: row.team_hash,
    pathway: row.pathway_id === null || row.pathway_version === null ? null : { id: row.pathway_id, version: row.pathway_version },
    also: row.also,
    episodeId: row.episode_id === null ? null : Number(row.episode_id),
  }));
}

/** The facts of these hashes. @returns JSON by hash */
export async function readLookFacts(manager: EntityManager, hashes: readonly string[]): Promise<Map<string, string>> {
  const rows = await manager.query<{ hash: string; json: string }[]>(
    `select encode(hash, 'hex') as hash, json from look_facts
     where hash in (select decode(h, 'hex') from unnest($1::text[]) as h)`,
    [hashes],
  );
  return new Map(rows.map(({ hash, json }) => [hash, json]));
}

/** Looks before this saw readings as they are no longer stored: a replay cannot repeat them, and must know. */
export async function saveWearerCorrected(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<void> {
  await tx.query(`insert into patient_log (patient_id, at, kind) select id, $2, 'wearer_corrected' from unnest($1::int[]) id`, [
    patientIds,
    now,
  ]);
}
