import {
  isAllowedAlone,
  limitChangedWords,
  limitEndedWords,
  mayChangePersonalLimit,
  type ChangeableRule,
  type ChangedBy,
  type ChangeAnswer,
  type LimitRange,
  type NurseRange,
  type PersonalLimit,
} from '@varde/plans';
import { taskOwner, teamOf } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { readTeams } from '../looks/teams-read.js';
import { raisePlanVersion } from './agreement.js';
import { Conflict, Forbidden, found, Invalid } from './illegal.js';
import type { PersonRole } from './people.js';
import { saveProposal, type Proposal } from './proposal-rows.js';
import { lockPatient } from './schedules.js';
import { shownText, toShown, useShownPreview, type Shown, type ShownPreview, type ShownRow } from './shown-previews.js';
import { tellResponsible } from './tell-responsible.js';
import { endVersion, makeRoom, readEndOfLimit, refusePast, type NewVersion } from './versions.js';

/** Who makes a change; they answer for it. */
export interface Author {
  readonly personId: number;
  readonly roles: readonly PersonRole[];
}

/** A personal limit somebody wants to set. */
export interface LimitChange extends Omit<NewVersion, 'validFrom'> {
  readonly patientId: number;
  readonly rule: ChangeableRule;
  readonly parameter: string;
  /** In the unit the catalogue gives for the parameter. */
  readonly value: number;
  readonly reason: string;
  /** Null: from now on, or from its approval. */
  readonly validFrom: Date | null;
  /** The range a physician leaves to nurses for as long as this limit runs; null: none. What a nurse sets keeps the range as it was. */
  readonly nurseRange: { readonly min: number; readonly max: number } | null;
  /** The preview of this change that its author was given; null: none, which is refused. */
  readonly previewId: number | null;
}

/** A personal limit with what was shown of it before it was set, and before it was ended; null: nothing, before previews were kept. */
export interface KeptLimit extends PersonalLimit {
  readonly shown: ShownPreview | null;
  readonly shownAtEnd: ShownPreview | null;
}

/** What came of it: the limit is set, or the proposal waits for a second clinician. */
export type LimitChanged =
  | { readonly limit: PersonalLimit; readonly proposal: null }
  | { readonly limit: null; readonly proposal: Proposal };

/** A personal limit with the persons who answer for it, ready to be stored. */
export interface AnsweredLimit extends NewVersion {
  readonly patientId: number;
  readonly ruleId: string;
  readonly parameter: string;
  readonly value: number;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly approvedByPersonId: number | null;
  readonly nurseRange: { readonly min: number; readonly max: number } | null;
  readonly previewId: number;
}

interface LimitRow {
  id: number;
  rule_id: string;
  parameter: string;
  value: number;
  reason: string;
  set_by_person_id: number;
  set_by_name?: string;
  approved_by_person_id: number | null;
  ended_by_person_id: number | null;
  nurse_min: number | null;
  nurse_max: number | null;
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
    ...(row.set_by_name === undefined ? {} : { setByName: row.set_by_name }),
    approvedByPersonId: row.approved_by_person_id,
    endedByPersonId: row.ended_by_person_id,
    nurseRange: row.nurse_min === null || row.nurse_max === null ? null : { min: row.nurse_min, max: row.nurse_max },
    setAt: row.set_at,
    validFrom: row.valid_from,
    validTo: row.valid_to,
    version: row.version,
  };
}

/** Whether a second clinician is needed. @throws Invalid outside what the catalogue allows; Forbidden not this person's to change */
export function refuseChange(answer: ChangeAnswer): { readonly needsSecond: boolean } {
  if (answer.accepted) return answer;
  if (answer.refusal === 'not-your-role' || answer.refusal === 'fixed-in-code') throw new Forbidden(answer.reason.en);
  throw new Invalid([answer.reason.en]);
}

/**
 * Sets the next version of a personal limit, or proposes it to a second clinician where it lies past the safety floor. Nothing is overwritten;
 * where several versions are valid at once the highest counts.
 * @throws Invalid refused by the catalogue, or dated back; Forbidden not this person's to set; NotFound patient or person; NotPreviewed;
 * Conflict it or the plan has been changed since the author looked, or there is an open proposal about it
 */
export async function changePersonalLimit(manager: EntityManager, author: Author, change: LimitChange, now: Date): Promise<LimitChanged> {
  const { patientId, rule, parameter, value, validTo, expectedVersion } = change;
  const reason = change.reason.trim();
  const validFrom = change.validFrom ?? now;
  refusePast(validFrom, now);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const left = await readNurseRange(tx, change, now);
    const answer = mayChangePersonalLimit(
      rule,
      { parameter, value, reason, validFrom, validTo },
      { roles: author.roles, nurseRange: left },
    );
    const { needsSecond } = refuseChange(answer);
    const setByNurse = !author.roles.includes('physician');
    const nurseRange = setByNurse ? left : change.nurseRange;
    if (nurseRange !== null && !setByNurse) refuseNurseRange(rule.ranges, parameter, nurseRange);
    const shown = { personId: author.personId, previewId: change.previewId };
    const previewed = { kind: 'limit', ruleId: rule.id, parameter, value } as const;
    const previewId = await useShownPreview(tx, shown, { patientId, unitId: null, change: previewed }, now);
    const common = { patientId, ruleId: rule.id, parameter, value, reason, validTo, expectedVersion, previewId };
    if (needsSecond) return { limit: null, proposal: await propose(tx, author, { ...common, validFrom: change.validFrom }, now) };
    const answered = { ...common, validFrom, setByPersonId: author.personId, approvedByPersonId: null, nurseRange };
    return { limit: await savePersonalLimit(tx, answered, now), proposal: null };
  });
}

async function propose(
  tx: EntityManager,
  author: Author,
  limit: Pick<LimitChange, 'patientId' | 'parameter' | 'value' | 'reason' | 'validFrom' | 'validTo' | 'expectedVersion'> & {
    readonly ruleId: string;
    readonly previewId: number;
  },
  now: Date,
): Promise<Proposal> {
  const team = (await readTeams(tx, [limit.patientId], now)).get(limit.patientId) ?? teamOf([]);
  const taskUnitId = taskOwner(team, 'physician');
  if (taskUnitId === null) throw new Conflict('no unit of the team can be asked for a second clinician');
  const proposal = { kind: 'personal_limit' as const, unitId: null, enabled: null, ...limit };
  return saveProposal(tx, proposal, { personId: author.personId, taskUnitId }, now);
}

function refuseNurseRange(ranges: readonly LimitRange[], parameter: string, { min, max }: { min: number; max: number }): void {
  const range = ranges.find((each) => each.parameter === parameter);
  const isAllowed = range !== undefined && min <= max && isAllowedAlone(range, min) && isAllowedAlone(range, max);
  if (!isAllowed) throw new Invalid(['the range left to nurses must lie inside that of the rule and not pass its safety floor']);
}

async function readNurseRange(tx: EntityManager, { patientId, rule, parameter }: LimitChange, now: Date): Promise<NurseRange | null> {
  const rows = await tx.query<{ nurse_min: number | null; nurse_max: number | null; valid_to: Date | null; zone: string }[]>(
    `select nurse_min, nurse_max, valid_to, zone from personal_limit join patient p on p.id = patient_id
     where patient_id = $1 and rule_id = $2 and parameter = $3 and valid_from <= $4 and (valid_to is null or valid_to > $4)
     order by version desc limit 1`,
    [patientId, rule.id, parameter, now],
  );
  const [row] = rows;
  return row === undefined || row.nurse_min === null || row.nurse_max === null
    ? null
    : { min: row.nurse_min, max: row.nurse_max, until: row.valid_to, zone: row.zone };
}

/**
 * Stores the next version of a locked patient's limit; whoever calls has decided that it may be. Whoever is responsible for the treatment is
 * told: a limit that was mistyped, or is another patient's, is seen by somebody else than who set it. @throws Conflict; NotFound person
 */
export async function savePersonalLimit(tx: EntityManager, limit: AnsweredLimit, now: Date): Promise<PersonalLimit> {
  const { patientId, ruleId, parameter, value, reason, setByPersonId, approvedByPersonId, validFrom, validTo, nurseRange, previewId } =
    limit;
  found(await tx.query<unknown[]>(`select id from person where id = $1 and active`, [setByPersonId]), 'person', setByPersonId);
  const before = await readValueAt(tx, limit, validFrom);
  const version = await makeRoom(tx, 'personal_limit', { patient_id: patientId, rule_id: ruleId, parameter }, limit);
  const rows = await tx.query<LimitRow[]>(
    `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, approved_by_person_id, set_at, valid_from,
       valid_to, nurse_min, nurse_max, version, preview_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning *`,
    [
      ...[patientId, ruleId, parameter, value, reason, setByPersonId, approvedByPersonId, now, validFrom, validTo],
      ...[nurseRange?.min ?? null, nurseRange?.max ?? null, version, previewId],
    ],
  );
  const changed = { ruleId, parameter, before, value, reason, validFrom: validFrom > now ? validFrom : null, validTo };
  const words = (by: ChangedBy, zone: string) => limitChangedWords(changed, by, zone);
  const key = `limit-changed:${ruleId}/${parameter}/${version}`;
  await tellResponsible(tx, { patientId, setByPersonId, approvedByPersonId, key, ruleId, words }, now);
  await raisePlanVersion(tx, [patientId], now);
  return toLimit(found(rows, 'limit', ruleId));
}

/** The personal value that applies at an instant; null: there is none. */
async function readValueAt(
  tx: EntityManager,
  { patientId, ruleId, parameter }: Pick<AnsweredLimit, 'patientId' | 'ruleId' | 'parameter'>,
  at: Date,
): Promise<number | null> {
  const rows = await tx.query<{ value: number }[]>(
    `select value from personal_limit where patient_id = $1 and rule_id = $2 and parameter = $3
       and valid_from <= $4 and (valid_to is null or valid_to > $4) order by version desc limit 1`,
    [patientId, ruleId, parameter, at],
  );
  return rows[0]?.value ?? null;
}

/**
 * Ends a personal limit now; what applies then is an earlier one that still runs, else what the units or the catalogue say: its preview is
 * of that value, or of null.
 * @throws NotFound patient, or limit of the patient; NotPreviewed; Conflict it has ended, or has not begun (a new version replaces it then),
 * or the plan has been changed since the author looked
 */
export async function endPersonalLimit(
  manager: EntityManager,
  { patientId, limitId, ...shown }: { readonly patientId: number; readonly limitId: number } & Shown,
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const { ruleId, parameter, value, left } = await readEndOfLimit(tx, 'personal_limit', { ownerId: patientId, limitId }, now);
    const change = { kind: 'limit', ruleId, parameter, value: left } as const;
    const previewId = await useShownPreview(tx, shown, { patientId, unitId: null, change }, now);
    const ended = await endVersion(tx, 'personal_limit', limitId, { byPersonId: shown.personId, previewId, now });
    if (!ended) throw new Conflict(`the limit ${limitId} does not run now`);
    const words = (by: ChangedBy) => limitEndedWords({ ruleId, parameter, before: value, left }, by);
    const by = { setByPersonId: shown.personId, approvedByPersonId: null };
    await tellResponsible(tx, { patientId, ...by, key: `limit-ended:${limitId}`, ruleId, words }, now);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of every personal limit of a patient, newest first within each limit. */
export async function readPersonalLimits(manager: EntityManager, patientId: number): Promise<KeptLimit[]> {
  const rows = await manager.query<(LimitRow & { shown: ShownRow | null; shown_at_end: ShownRow | null })[]>(
    `select l.*, n.name as set_by_name, ${shownText('v')} as shown, ${shownText('e')} as shown_at_end
     from personal_limit l join person n on n.id = l.set_by_person_id
       left join shown_preview v on v.id = l.preview_id left join shown_preview e on e.id = l.end_preview_id
     where l.patient_id = $1 order by l.rule_id, l.parameter, l.version desc`,
    [patientId],
  );
  return rows.map((row) => ({ ...toLimit(row), shown: toShown(row.shown), shownAtEnd: toShown(row.shown_at_end) }));
}
