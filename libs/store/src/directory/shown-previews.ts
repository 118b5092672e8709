import type { ProposedChange, ShownEffect } from '@varde/look';
import type { EntityManager } from 'typeorm';
import { Conflict, found } from './illegal.js';

/** A preview as somebody was shown it, and what it came to. */
export interface ShownPreview {
  readonly id: number;
  readonly shownAt: Date;
  readonly effect: ShownEffect;
}

/** Whose plan a change is of: one patient's, or that of all whom a unit follows. */
export type PreviewOf = { readonly patientId: number; readonly unitId: null } | { readonly patientId: null; readonly unitId: number };

/** A preview somebody is shown now. */
export type NewShownPreview = PreviewOf & {
  /** Null: whoever runs the command line. */
  readonly personId: number | null;
  readonly change: ProposedChange;
  /** Of the patient's plan it was worked out with; null for a unit. */
  readonly planVersion: number | null;
  readonly effect: ShownEffect;
};

/** Who makes a change, and the preview of it they were given; null: none. */
export interface Shown {
  readonly personId: number | null;
  readonly previewId: number | null;
}

/** A change nobody has shown its author; the message says what to do. */
class NotPreviewed extends Error {
  override readonly name = 'NotPreviewed';
  /** @param previewFault what is wrong, for where another way than HTTP leads to a new preview */
  constructor(
    readonly previewFault: string,
    change: string,
  ) {
    super(`${previewFault}: ${askAnew(change)}`);
  }
}

/** A change that its author has been shown, but not as things stand now. */
class PreviewSpent extends Conflict {
  constructor(
    readonly previewFault: string,
    change: string,
  ) {
    super(`${previewFault}: ${askAnew(change)}`);
  }
}

const askAnew = (change: string): string => `ask for a preview of this change, ${change}, and bring its previewId`;

/** Older than this, the last days it showed are not the last days any more. */
const GOOD_FOR_HOURS = 24;
const HOUR_MS = 3_600_000;

/** Until when a preview may be used. */
export function previewUntil(shownAt: Date): Date {
  return new Date(shownAt.getTime() + GOOD_FOR_HOURS * HOUR_MS);
}

/** Keeps what somebody is shown. @returns its id, to be brought with the change */
export async function saveShownPreview(manager: EntityManager, shown: NewShownPreview, now: Date): Promise<number> {
  const { patientId, unitId, personId, change, planVersion, effect } = shown;
  const rows = await manager.query<{ id: string }[]>(
    `insert into shown_preview (patient_id, unit_id, person_id, change, plan_version, shown_at, effect)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [patientId, unitId, personId, JSON.stringify(change), planVersion, now, JSON.stringify(effect)],
  );
  return Number(found(rows, 'preview', 'new').id);
}

interface UsedRow {
  readonly is_same: boolean;
  readonly is_used: boolean;
  readonly shown_at: Date;
  readonly is_current: boolean;
}

/**
 * Uses the preview that the author of a change was given of exactly this change, on the plan as it still is. The patient or unit must be
 * locked; call it before anything of the change is written.
 * @returns its id, to be kept with what is written
 * @throws NotPreviewed none, another's, or of another change; Conflict it shows a plan that is no more, or has been used
 */
export async function useShownPreview(
  tx: EntityManager,
  { personId, previewId }: Shown,
  of: PreviewOf & { readonly change: ProposedChange },
  now: Date,
): Promise<number> {
  const change = JSON.stringify(of.change);
  if (previewId === null) throw new NotPreviewed('you have not been shown what this would have done', change);
  const [row] = await tx.query<UsedRow[]>(
    `select change = $5::jsonb as is_same, used_at is not null as is_used, shown_at,
       case when unit_id is null then plan_version = (select plan_version from patient where id = $2)
         else not exists (select from unit_limit where unit_id = $3 and set_at > shown_at)
           and not exists (select from rule_switch where unit_id = $3 and set_at > shown_at) end as is_current
     from shown_preview
     where id = $1 and patient_id is not distinct from $2::integer and unit_id is not distinct from $3::integer
       and person_id is not distinct from $4::integer`,
    [previewId, of.patientId, of.unitId, personId, change],
  );
  if (row === undefined) throw new NotPreviewed(`you have been given no preview ${previewId} here`, change);
  if (!row.is_same) throw new NotPreviewed(`the preview ${previewId} shows another change`, change);
  if (row.is_used) throw new PreviewSpent(`the preview ${previewId} has been used`, change);
  if (!row.is_current) throw new PreviewSpent(`the care plan has changed since the preview ${previewId}`, change);
  if (previewUntil(row.shown_at) <= now)
    throw new PreviewSpent(`the preview ${previewId} is more than ${GOOD_FOR_HOURS} hours old`, change);
  await tx.query(`update shown_preview set used_at = $2 where id = $1`, [previewId, now]);
  return previewId;
}

/** A shown preview as `shownText` reads it. */
export interface ShownRow {
  readonly id: number;
  readonly shownAt: string;
  readonly effect: Omit<ShownEffect, 'notShown'> & Partial<Pick<ShownEffect, 'notShown'>>;
}

/** SQL: what was shown before a row was written, as `ShownPreview`, or null. @param alias of the joined `shown_preview` */
export function shownText(alias: string): string {
  return `case when ${alias}.id is not null then
    json_build_object('id', ${alias}.id, 'shownAt', ${alias}.shown_at, 'effect', ${alias}.effect) end`;
}

/** What `shownText` reads. */
export function toShown(row: ShownRow | null): ShownPreview | null {
  if (row === null) return null;
  // Kept before it was told how many are not in it.
  return { ...row, shownAt: new Date(row.shownAt), effect: { ...row.effect, notShown: row.effect.notShown ?? 0 } };
}
