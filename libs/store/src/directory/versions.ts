import type { EntityManager } from 'typeorm';
import { Conflict, found, Invalid } from './illegal.js';

/** Tables whose rows are versions: never overwritten, only ended. */
export type VersionedTable =
  | 'personal_limit'
  | 'reference_value'
  | 'unit_limit'
  | 'rule_switch'
  | 'plan_text'
  | 'measuring_days'
  | 'review_date'
  | 'treatment_limits';

/** When a version is to be valid, and which one its author saw. */
export interface NewVersion {
  /** Never in the past: what was judged by the old one stays judged. */
  readonly validFrom: Date;
  /** Null: until it is replaced or ended. A version with an end lies over the standing one, which comes back after it. */
  readonly validTo: Date | null;
  /** The newest version the author saw, 0 when there was none; another one there now means that somebody was faster. */
  readonly expectedVersion: number;
}

// Nothing is dated back over looks that have been made: this much is the delay between a form and its saving.
const BACKDATE_MS_MAX = 5 * 60_000;

/** Refuses a version that would begin in the past. @throws Invalid */
export function refusePast(validFrom: Date, now: Date): void {
  if (now.getTime() - validFrom.getTime() > BACKDATE_MS_MAX) {
    throw new Invalid(['it cannot begin in the past: what was judged by the old one stays judged']);
  }
}

/**
 * Makes room for the next version: one that runs without end is ended where the new one begins, unless the new one ends by itself. What the
 * versions belong to must be locked.
 * @param key columns and values that name what the versions are of
 * @returns the number of the next version
 * @throws Conflict another version is there than the author saw
 */
export async function makeRoom(
  tx: EntityManager,
  table: VersionedTable,
  key: Readonly<Record<string, string | number>>,
  { validFrom, validTo, expectedVersion }: NewVersion,
): Promise<number> {
  const values = Object.values(key);
  const [newest] = await tx.query<{ version: number | null }[]>(
    `select max(version) as version from ${table} where ${whereText(key, 1)}`,
    values,
  );
  const version = newest?.version ?? 0;
  if (version !== expectedVersion) {
    throw new Conflict(`it has been changed meanwhile: version ${version} is there, not ${expectedVersion}; look at it first`);
  }
  if (validTo === null) {
    await tx.query(
      `update ${table} set valid_to = $1 where ${whereText(key, 2)} and valid_from < $1 and (valid_to is null or valid_to > $1)`,
      [validFrom, ...values],
    );
  }
  return version + 1;
}

/** A condition on the columns of `key`, whose values are the parameters from number `first` on. */
function whereText(key: Readonly<Record<string, string | number>>, first: number): string {
  return Object.keys(key)
    .map((column, index) => `${column} = $${index + first}`)
    .join(' and ');
}

/** Tables of limits: whose they are, and what one is called. */
const LIMITS = {
  personal_limit: { owner: 'patient_id', called: 'personal limit of the patient' },
  unit_limit: { owner: 'unit_id', called: 'limit of the unit' },
} as const;

/** What a limit is of, and the value of an earlier version that runs beside it: what applies when it ends; null: none does. */
export interface EndOfLimit {
  readonly ruleId: string;
  readonly parameter: string;
  readonly value: number;
  readonly left: number | null;
}

/** What ending a limit leaves. Whose it is must be locked. @throws NotFound they have no such limit */
export async function readEndOfLimit(
  tx: EntityManager,
  table: keyof typeof LIMITS,
  { ownerId, limitId }: { readonly ownerId: number; readonly limitId: number },
  now: Date,
): Promise<EndOfLimit> {
  const { owner, called } = LIMITS[table];
  const rows = await tx.query<EndOfLimit[]>(
    `select rule_id as "ruleId", parameter, value, (
       select value from ${table} o
       where o.${owner} = l.${owner} and o.rule_id = l.rule_id and o.parameter = l.parameter and o.id <> l.id
         and o.valid_from <= $3 and (o.valid_to is null or o.valid_to > $3) order by version desc limit 1) as left
     from ${table} l where id = $1 and ${owner} = $2`,
    [limitId, ownerId, now],
  );
  return found(rows, called, limitId);
}

/** Who ends a version, and what they were shown of it; null: the table does not keep that. */
export interface Ending {
  readonly byPersonId: number | null;
  readonly previewId: number | null;
  readonly now: Date;
}

/**
 * Ends the version that runs now. What it is of must be locked, and its plan version raised afterwards.
 * @returns whether it ran
 */
export async function endVersion(
  tx: EntityManager,
  table: VersionedTable,
  id: number,
  { byPersonId, previewId, now }: Ending,
): Promise<boolean> {
  const kept = { ended_by_person_id: byPersonId, end_preview_id: previewId };
  const given = Object.entries(kept).filter(([, value]) => value !== null);
  const sets = given.map(([column], index) => `, ${column} = $${index + 3}`).join('');
  const [ended] = await tx.query<[unknown[], number]>(
    `update ${table} set valid_to = $2${sets} where id = $1 and valid_from < $2 and (valid_to is null or valid_to > $2) returning id`,
    [id, now, ...given.map(([, value]) => value)],
  );
  return ended.length > 0;
}
