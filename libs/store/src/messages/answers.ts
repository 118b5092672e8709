import { WHOSE_WEIGHT } from '@varde/rules';
import { numberArray, textArray } from '../server/array-text.js';
import { columns } from '../server/prepared.js';

/** What a filled-in questionnaire says, to be kept with its measurement. */
export interface NewAnswers {
  readonly questionnaire: string;
  readonly version: number;
  readonly answeredBy: 'patient' | 'carer' | 'nurse';
  /** JSON text of an object by item code. */
  readonly items: string;
}

/** The columns of `answersColumns`. */
export const ANSWERS_COLUMNS = { act: 'int', questionnaire: 'text', version: 'int', answered_by: 'text', items: 'text' } as const;

/**
 * The part of the storing statement that keeps the answers of its new acts.
 * @param first number of its first parameter
 */
export function keepAnswers(first: number): string {
  return `, answered as (
    insert into answer_set (measurement_id, patient_id, questionnaire, version, observed_at, received_at, answered_by, items)
    select a.id, a.patient_id, w.questionnaire, w.version, a.observed_at, a.received_at, w.answered_by, w.items::jsonb
    from ${columns('w', first, ANSWERS_COLUMNS)}
    join act a on a.place = w.act join measured m on m.id = a.id
    returning patient_id, questionnaire, items
  )`;
}

/** Added to what has arrived: weights that the answers of `keepAnswers` are about, which are looked at again from when they were measured. */
export const WEIGHTS_ANSWERED = `
  union all select w.patient_id, o.observed_at, null from answered w
  join measurement o on o.id = (w.items ->> '${WHOSE_WEIGHT.about}')::numeric::bigint and o.patient_id = w.patient_id
  where w.questionnaire = '${WHOSE_WEIGHT.questionnaire}'`;

/** The values for `keepAnswers`, for acts in their order. */
export function answersColumns(acts: readonly { readonly answers: NewAnswers | null }[]): string[] {
  const kept = acts.flatMap(({ answers }, at) => (answers === null ? [] : [{ place: at + 1, answers }]));
  return [
    numberArray(kept.map(({ place }) => place)),
    textArray(kept.map(({ answers }) => answers.questionnaire)),
    numberArray(kept.map(({ answers }) => answers.version)),
    textArray(kept.map(({ answers }) => answers.answeredBy)),
    textArray(kept.map(({ answers }) => answers.items)),
  ];
}
