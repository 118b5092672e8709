import type { CarePlan } from '@varde/plans';
import type { DailyMedian } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../directory/sessions.js';
import { readCarePlans } from '../looks/plans-read.js';
import { readDailyMedians } from '../looks/watch-window.js';
import { refuseUnseen } from './charts.js';

/** One filled-in questionnaire as people see it. */
export interface StoredAnswers {
  readonly measurementId: number;
  readonly questionnaire: string;
  readonly version: number;
  readonly answeredBy: 'patient' | 'carer' | 'nurse';
  readonly observedAt: Date;
  readonly receivedAt: Date;
  /** Whether other answers claim the same moment. */
  readonly conflict: boolean;
  readonly items: Readonly<Record<string, boolean | number | string>>;
  readonly scores: readonly { readonly metric: string; readonly value: number; readonly doubt: string | null }[];
}

/** Which filled-in questionnaires are wanted. */
export interface AnswersQuestion {
  readonly patientId: number;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  readonly limit: number;
}

const ANSWERS = `
  select s.measurement_id as "measurementId", s.questionnaire, s.version, s.answered_by as "answeredBy", s.observed_at as "observedAt",
    s.received_at as "receivedAt", m.conflict, s.items, coalesce(r.scores, '[]') as scores
  from (
    select * from answer_set where patient_id = $1 and observed_at >= $2 and observed_at < $3 order by observed_at desc, measurement_id desc limit $4
  ) s
  join measurement m on m.id = s.measurement_id
  left join lateral (
    select json_agg(json_build_object('metric', metric, 'value', value, 'doubt', doubt) order by metric) as scores
    from reading where patient_id = s.patient_id and observed_at = s.observed_at and measurement_id = s.measurement_id
  ) r on true
  order by s.observed_at desc, s.measurement_id desc`;

/** Filled-in questionnaires of a period, newest first. @throws NotFound when there is no such patient among those the person may see */
export async function readAnswerSets(
  manager: EntityManager,
  viewer: Viewer,
  { patientId, from, to, limit }: AnswersQuestion,
): Promise<StoredAnswers[]> {
  await refuseUnseen(manager, viewer, patientId);
  const rows = await manager.query<StoredAnswers[]>(ANSWERS, [patientId, from, to, limit]);
  return rows.map((row) => ({ ...row, measurementId: Number(row.measurementId) }));
}

/**
 * What CAT scores of a patient are held against: what is agreed, and the days before them as they are summarised. Of a patient the viewer may see.
 * @param firstAt when the oldest of the scores was answered
 */
export async function readCatFacts(
  manager: EntityManager,
  patientId: number,
  { firstAt, now }: { readonly firstAt: Date; readonly now: Date },
): Promise<{ readonly plan: CarePlan; readonly dailyMedians: readonly DailyMedian[] } | null> {
  const plans = await readCarePlans(manager, [patientId], now);
  const plan = plans.get(patientId)?.plan;
  if (plan === undefined) return null;
  const claims = [{ patientId, zone: plan.zone, unlookedFrom: firstAt }];
  const medians = await readDailyMedians(manager, claims, plans, { metrics: ['cat-score'], now });
  return { plan, dailyMedians: medians.get(patientId)?.dailyMedians ?? [] };
}
