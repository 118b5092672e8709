import type { Planned } from '@varde/plans';
import { SILENCES_READ } from '@varde/look';
import type { Finding } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** How a patient's watch row is left after a look. */
export interface WatchState {
  readonly patientId: number;
  /** When to look next by the clock alone; null when nothing can happen by itself. */
  readonly dueAt: Date | null;
  /** Set only when the look failed: the readings it left unseen. */
  readonly unlookedFrom: Date | null;
  readonly lastObserved: ReadonlyMap<Planned, Date>;
  readonly summarisedTo: string | null;
  readonly failures: number;
  /** What went wrong, without any patient data; null after a look that worked. */
  readonly failure: string | null;
}

const SAVE_WATCH: Prepared = {
  name: 'varde_save_watch',
  text: `
  update patient_watch w set due_at = s.due_at, unlooked_from = s.unlooked_from, looked_at = $7, last_observed = s.last_observed::jsonb,
    summarised_to = s.summarised_to::date, failures = s.failures, last_failure = s.last_failure
  from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::integer[], $8::text[])
    as s (patient_id, due_at, unlooked_from, last_observed, summarised_to, failures, last_failure)
  where w.patient_id = s.patient_id`,
};

/** Writes when each claimed patient is to be looked at next. The claim's row locks are still held. */
export async function saveWatchStates(tx: EntityManager, states: readonly WatchState[], now: Date): Promise<void> {
  if (states.length === 0) return;
  const values = [
    states.map((state) => state.patientId),
    states.map((state) => state.dueAt),
    states.map((state) => state.unlookedFrom),
    states.map((state) => JSON.stringify(Object.fromEntries(state.lastObserved))),
    states.map((state) => state.summarisedTo),
    states.map((state) => state.failures),
    now,
    states.map((state) => state.failure),
  ];
  await queryPrepared(tx, SAVE_WATCH, values, states.length);
}

/** A finding with the patient it speaks of. */
export interface PatientFinding {
  readonly patientId: number;
  readonly finding: Finding;
}

const SAVE_FINDINGS: Prepared = {
  name: 'varde_save_findings',
  text: `
  insert into finding (patient_id, rule_id, rule_version, domain, result, severity, superseded, anchor, at, received_at, judged_at, reading_ids,
    limits, reason_nb, reason_en, pending_until, cause)
  select (f->>'patientId')::integer, f->>'ruleId', (f->>'ruleVersion')::integer, f->>'domain', f->>'result', f->>'severity', (f->>'superseded')::boolean, f->>'anchor',
    (f->>'at')::timestamptz, (f->>'receivedAt')::timestamptz, $2, array(select jsonb_array_elements_text(f->'readingIds')::bigint),
    f->'limits', f->'reason'->>'nb', f->'reason'->>'en', (f->>'pendingUntil')::timestamptz, f->>'cause'
  from jsonb_array_elements($1::jsonb) as f
  on conflict (patient_id, rule_id, anchor, result) do nothing`,
};

/** Adds evaluation records: rule version, limits in force, readings and reason. A written one is never changed. */
export async function saveFindings(tx: EntityManager, findings: readonly PatientFinding[], now: Date): Promise<void> {
  if (findings.length === 0) return;
  const rows = JSON.stringify(findings.map(({ patientId, finding }) => ({ patientId, ...finding })));
  await queryPrepared(tx, SAVE_FINDINGS, [rows, now], findings.length);
}

// Silence has no end in sight: its newest findings count however old they are. Their anchors sort by time. "is true" keeps their time out of the
// search: by patient and time a look would read every finding there has ever been, to keep a few of one rule.
const RECORDED: Prepared = {
  name: 'varde_recorded',
  text: `
  select p.patient_id, f.rule_id, f.anchor, f.result, f.at
  from unnest($1::integer[], $2::timestamptz[]) as p (patient_id, since)
  join finding f on f.patient_id = p.patient_id and f.at >= p.since
  union all
  select p.patient_id, r.rule_id, f.anchor, f.result, f.at
  from unnest($1::integer[], $2::timestamptz[]) as p (patient_id, since) cross join unnest($3::text[]) as r (rule_id)
  cross join lateral (
    select anchor, result, at from finding
    where patient_id = p.patient_id and rule_id = r.rule_id and (at < p.since) is true order by anchor desc limit ${SILENCES_READ}
  ) f`,
};

/**
 * What was already found within the window of these patients' looks, and the newest of silence, so that it is not found again.
 * @param since from when on, for each patient: what a look is told must not hang on who else is looked at
 */
export async function readRecorded(
  tx: EntityManager,
  patientIds: readonly number[],
  silenceRules: readonly string[],
  since: readonly Date[],
): Promise<Map<number, Pick<Finding, 'ruleId' | 'anchor' | 'result' | 'at'>[]>> {
  interface Row {
    patient_id: number;
    rule_id: string;
    anchor: string;
    result: Finding['result'];
    at: Date;
  }
  const rows = await queryPrepared<Row>(tx, RECORDED, [patientIds, since, silenceRules], patientIds.length);
  return groupRows(rows, (row) => ({ ruleId: row.rule_id, anchor: row.anchor, result: row.result, at: row.at }));
}

const POSTPONE = `
  with unseen as (delete from arrival where patient_id = any($1) returning patient_id, observed_from, measurement_ids),
  logged as (
    insert into patient_log (patient_id, at, kind, measurement_ids)
    select patient_id, $4::timestamptz, 'postponed', array_agg(measurement_id) from unseen, unnest(measurement_ids) as measurement_id group by patient_id
  )
  update patient_watch w set due_at = $2, failures = w.failures + 1, last_failure = $3,
    unlooked_from = least(w.unlooked_from, (select min(observed_from) from unseen u where u.patient_id = w.patient_id))
  where w.patient_id = any($1)`;

/** Sets aside patients whose look could not be written, so that they do not hold up others; their readings stay unseen. */
export async function savePostponed(
  tx: EntityManager,
  patientIds: readonly number[],
  { at, until, failure }: { readonly at: Date; readonly until: Date; readonly failure: string },
): Promise<void> {
  await tx.query(POSTPONE, [patientIds, until, failure, at]);
}

/** Has a patient looked at by then, whatever was said before. */
export async function saveDueBy(tx: EntityManager, patientId: number, at: Date): Promise<void> {
  await tx.query(`update patient_watch set due_at = least(due_at, $2) where patient_id = $1`, [patientId, at]);
}
