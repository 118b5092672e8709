import { checkPersonalLimit, type LimitRange, type PersonalLimit } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, found, Invalid } from './illegal.js';
import { lockPatient } from './schedules.js';

/** A personal limit to set; a physician answers for it. */
export interface NewPersonalLimit {
  readonly patientId: number;
  readonly ruleId: string;
  readonly parameter: string;
  /** In the unit the catalogue gives for the parameter. */
  readonly value: number;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly validFrom: Date;
  /** Null: until it is replaced or ended. A limit with an end lies over the standing one, which comes back after it. */
  readonly validTo: Date | null;
}

interface LimitRow {
  id: number;
  rule_id: string;
  parameter: string;
  value: number;
  reason: string;
  set_by_person_id: number;
  set_at: Date;
  valid_from: Date;
  valid_to: Date | null;
  version: number;
}

function toLimit(row: LimitRow): PersonalLimit {
  return {
    id: row.id,
    ruleId: row.rule_id,
    parameter: row.parameter,
    value: row.value,
    reason: row.reason,
    setByPersonId: row.set_by_person_id,
    setAt: row.set_at,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    version: row.version,
  };
}

// A limit is not dated back over looks that have been made: this much is the delay between a form and its saving.
const BACKDATE_MS_MAX = 5 * 60_000;

function check(limit: NewPersonalLimit, ranges: readonly LimitRange[], now: Date): void {
  const answer = checkPersonalLimit(ranges, limit);
  if (!answer.accepted) throw new Invalid([answer.reason.en]);
  if (now.getTime() - limit.validFrom.getTime() > BACKDATE_MS_MAX) {
    throw new Invalid(['a limit cannot begin in the past: what was judged by the old one stays judged']);
  }
}

/**
 * Sets the next version of a personal limit. Nothing is overwritten: one that runs without end is ended where the new one begins, unless the
 * new one ends by itself; earlier versions stay readable. Where several are valid at once the highest version counts.
 * @param ranges what the catalogue allows for the rule's parameters (`limitRanges` of the rules)
 * @throws Invalid refused by the catalogue, or dated back; NotFound patient or person
 */
export async function savePersonalLimit(
  manager: EntityManager,
  limit: NewPersonalLimit,
  ranges: readonly LimitRange[],
  now: Date,
): Promise<PersonalLimit> {
  check(limit, ranges, now);
  const { patientId, ruleId, parameter, value, setByPersonId, validFrom, validTo } = limit;
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    found(await tx.query<unknown[]>(`select id from person where id = $1 and active`, [setByPersonId]), 'person', setByPersonId);
    const key = [patientId, ruleId, parameter];
    if (validTo === null) {
      await tx.query(
        `update personal_limit set valid_to = $4
         where patient_id = $1 and rule_id = $2 and parameter = $3 and valid_from < $4 and (valid_to is null or valid_to > $4)`,
        [...key, validFrom],
      );
    }
    const rows = await tx.query<LimitRow[]>(
      `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, valid_to, version)
       select $1, $2, $3, $4, $5, $6, $7, $8, $9,
         1 + coalesce((select max(version) from personal_limit where patient_id = $1 and rule_id = $2 and parameter = $3), 0)
       returning *`,
      [...key, value, limit.reason.trim(), setByPersonId, now, validFrom, validTo],
    );
    await raisePlanVersion(tx, [patientId], now);
    return toLimit(found(rows, 'limit', ruleId));
  });
}

/**
 * Ends a personal limit now; what applies then is an earlier one that still runs, else the catalogue's default.
 * @throws NotFound patient, or limit of the patient; Conflict it has ended, or has not begun (a new version replaces it then)
 */
export async function endPersonalLimit(
  manager: EntityManager,
  { patientId, limitId }: { readonly patientId: number; readonly limitId: number },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const rows = await tx.query<unknown[]>(`select id from personal_limit where id = $1 and patient_id = $2`, [limitId, patientId]);
    found(rows, 'personal limit of the patient', limitId);
    const [ended] = await tx.query<[unknown[], number]>(
      `update personal_limit set valid_to = $2 where id = $1 and valid_from < $2 and (valid_to is null or valid_to > $2) returning id`,
      [limitId, now],
    );
    if (ended.length === 0) throw new Conflict(`the limit ${limitId} does not run now`);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of every personal limit of a patient, newest first within each limit. */
export async function readPersonalLimits(manager: EntityManager, patientId: number): Promise<PersonalLimit[]> {
  const rows = await manager.query<LimitRow[]>(
    `select id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, valid_to, version
     from personal_limit where patient_id = $1 order by rule_id, parameter, version desc`,
    [patientId],
  );
  return rows.map(toLimit);
}
