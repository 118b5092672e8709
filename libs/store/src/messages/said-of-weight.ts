import { LIFTED_DOUBT, WHOSE_WEIGHT } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { NotFound } from '../directory/illegal.js';

/**
 * What was answered about a reading `r` that may be a weight, as a lateral join named `said`; without an answer, or for another metric, all of it is
 * null. The reading stays as it is: whoever counts it asks (`COUNTS`). The same as `saidOfWeights`.
 */
export const SAID = `left join lateral (
    select (w.items ->> '${WHOSE_WEIGHT.isMine}')::boolean as is_mine, w.observed_at, w.answered_by
    from answer_set w
    where r.metric = 'weight' and w.patient_id = r.patient_id and w.questionnaire = '${WHOSE_WEIGHT.questionnaire}'
      and (w.items ->> '${WHOSE_WEIGHT.about}')::numeric = r.measurement_id and w.items ? '${WHOSE_WEIGHT.isMine}'
    order by w.observed_at desc, w.measurement_id desc limit 1
  ) said on true`;

/** Whether a reading `r` is accepted, with what was `SAID`. */
export const COUNTS = `(case when said.is_mine is null then r.doubt is null else said.is_mine and coalesce(r.doubt = '${LIFTED_DOUBT}', true) end)`;

/** What was answered about whose weight a reading is, and by whom. */
export interface WhoseWeight {
  readonly isMine: boolean;
  readonly answeredAt: Date;
  readonly answeredBy: 'patient' | 'carer' | 'nurse';
}

/** The columns of `WhoseWeight`, of `SAID`. */
export const SAID_COLUMNS = `said.is_mine as "isMine", said.observed_at as "answeredAt", said.answered_by as "answeredBy"`;

/** A row of `SAID_COLUMNS`, all null when nothing was answered. */
export type SaidRow = { readonly [Name in keyof WhoseWeight]: WhoseWeight[Name] | null };

/** What such a row says; null when nothing was answered. */
export function toWhoseWeight({ isMine, answeredAt, answeredBy }: SaidRow): WhoseWeight | null {
  return isMine === null || answeredAt === null || answeredBy === null ? null : { isMine, answeredAt, answeredBy };
}

/** A weighing. */
export interface Weighing {
  readonly measurementId: number;
  readonly patientId: number;
  readonly observedAt: Date;
  readonly value: number;
}

/** One weighing by its measurement. @throws NotFound when there is none, or it is of another patient than the one asked for */
export async function readWeighing(manager: EntityManager, measurementId: number, patientId: number | null): Promise<Weighing> {
  const [row] = await manager.query<Omit<Weighing, 'measurementId'>[]>(
    `select m.patient_id as "patientId", r.observed_at as "observedAt", r.value
     from measurement m
     join reading r on r.patient_id = m.patient_id and r.metric = 'weight' and r.observed_at = m.observed_at and r.measurement_id = m.id
     where m.id = $1 and ($2::integer is null or m.patient_id = $2)`,
    [measurementId, patientId],
  );
  if (row === undefined) throw new NotFound('weighing', measurementId);
  return { measurementId, ...row };
}
