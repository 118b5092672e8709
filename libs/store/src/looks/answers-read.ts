import { windowBounds } from '@varde/look';
import { WHOSE_WEIGHT, type AnswerSet } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import type { Claim } from './watch-claim.js';

/** Filled-in questionnaires that a look reads at most beside the unseen ones: several a day for the days of its window. */
const CONTEXT_SETS_MAX = 60;

const SET = `measurement_id, questionnaire, items, observed_at, received_at`;

// Answers about weights beside the limit: as long as the weight is seen, so are they (`Arrived`).
const ANSWERS: Prepared = {
  name: 'varde_answers',
  text: `
  select p.patient_id, s.measurement_id, s.questionnaire, s.items, s.observed_at, s.received_at
  from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as p (patient_id, from_at, unseen_from)
  cross join lateral (
    select ${SET} from answer_set where patient_id = p.patient_id and observed_at >= p.unseen_from and observed_at <= $4
    union all
    select ${SET} from answer_set where patient_id = p.patient_id and observed_at >= p.from_at and observed_at < p.unseen_from
      and questionnaire = '${WHOSE_WEIGHT.questionnaire}'
    union all
    (select ${SET} from answer_set where patient_id = p.patient_id and observed_at >= p.from_at and observed_at < p.unseen_from
      and questionnaire <> '${WHOSE_WEIGHT.questionnaire}'
     order by observed_at desc limit ${CONTEXT_SETS_MAX})
  ) s`,
};

/** The columns of table `answer_set` that rules see. */
export interface AnswersRow {
  patient_id: number;
  measurement_id: string;
  questionnaire: string;
  items: AnswerSet['items'];
  observed_at: Date;
  received_at: Date;
}

/** The filled-in questionnaire a row holds. */
export function toAnswerSet(row: AnswersRow): AnswerSet {
  return {
    measurementId: Number(row.measurement_id),
    questionnaire: row.questionnaire,
    items: row.items,
    observedAt: row.observed_at,
    receivedAt: row.received_at,
  };
}

/** A patient with what no look has seen. */
type Seen = Pick<Claim, 'patientId' | 'zone' | 'unlookedFrom'>;

/** Questionnaires that the patients' looks may see: within the days readings are seen of, everything unseen and the newest before it. */
export async function readAnswers(tx: EntityManager, claims: readonly Seen[], now: Date): Promise<Map<number, AnswerSet[]>> {
  const bounds = claims.map(({ zone, unlookedFrom }) => windowBounds(zone, unlookedFrom, now));
  const values = [
    claims.map((claim) => claim.patientId),
    bounds.map(({ readingsFromMs }) => new Date(readingsFromMs)),
    bounds.map(({ unseenFromMs }) => new Date(unseenFromMs)),
    new Date(Math.max(...bounds.map(({ readingsToMs }) => readingsToMs))),
  ];
  const rows = await queryPrepared<AnswersRow>(tx, ANSWERS, values, claims.length);
  return groupRows(rows, toAnswerSet);
}
