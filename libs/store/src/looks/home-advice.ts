import {
  ANEW,
  QUESTIONNAIRE_OF,
  type AdviceAnswer,
  type AdviceAnswered,
  type AdviceDraft,
  type AdviceKind,
  type Advised,
} from '@varde/look';
import type { Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { wakeHomeSenders } from './home-outbox.js';
import { lastActOf } from './last-act.js';

/** Advice of one patient's look. `episodeId` null: it is about no episode. */
export interface PatientAdvice {
  readonly patientId: number;
  readonly episodeId: number | null;
  readonly draft: AdviceDraft;
}

// A home that listens now comes before one that does not, a tablet before what has no screen. What people enter by hand has no gateway.
// What another wearer measured with the device came through another home. It is answered on the tablet, where there is one. A question goes to where the answers came from that it follows up on.
const SAVE: Prepared = {
  name: 'varde_save_advice',
  text: `
  insert into home_advice (patient_id, episode_id, key, kind, text_nb, text_en, answers, must_answer, community_id, client_id, device_name,
    advised_at, of_use_until, next_try_at)
  select a.patient_id, a.episode_id, a.key, a.kind, a.text_nb, a.text_en, coalesce(string_to_array(nullif(a.answers, ''), ','), '{}'), a.must_answer,
    p.community_id, way.client_id, coalesce(tablet.name, way.name), $11::timestamptz, a.of_use_until, case when way.client_id is not null then $11::timestamptz end
  from unnest($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::timestamptz[],
    $10::bigint[]) as a (patient_id, episode_id, key, kind, text_nb, text_en, answers, must_answer, of_use_until, measurement_id)
  join patient p on p.id = a.patient_id
  left join lateral (
    select last.client_id, d.name
    from wearer w
    join device d on d.id = w.device_id
    cross join lateral (${lastActOf({ device: 'd.id', patient: 'a.patient_id', now: '$11' })}) last
    left join gateway g on g.community_id = p.community_id and g.client_id = last.client_id
    where w.patient_id = a.patient_id and (w.to_at is null or w.to_at > $11) and d.kind <> 'entered'
    order by d.id = (select m.device_id from measurement m where m.id = a.measurement_id) desc nulls last,
      coalesce(g.online and coalesce(g.connected, true), false) desc, d.kind = 'tablet' desc, last.id desc
    limit 1
  ) way on true
  left join lateral (
    select d.name from wearer w join device d on d.id = w.device_id
    where w.patient_id = a.patient_id and (w.to_at is null or w.to_at > $11) and d.kind = 'tablet' order by d.id limit 1
  ) tablet on true
  on conflict (patient_id, key) do nothing`,
};

/** Kinds of advice that are questions, as SQL. */
export const QUESTIONS = Object.keys(QUESTIONNAIRE_OF)
  .map((kind) => `'${kind}'`)
  .join(', ');

/** Of `home_advice h`: what has been sent must go from the screen; what has not need not be sent. No message takes a question back: it ends by its time. */
export const WITHDRAW = `set withdrawn_at = $1, next_try_at = case when h.sent_at is not null and h.kind not in (${QUESTIONS}) then $1::timestamptz end`;

/** For how long what was told through one of two gateways that take turns stays on its screen while the other's turn lasts, as SQL. */
export const KEPT_BACK = `interval '24 hours'`;

/** Whether a row, as SQL, has been withdrawn while its home has not been told so, for its gateway may have its turn again. */
export const isKeptBack = (row: string): string =>
  `${row}.withdrawn_at is not null and ${row}.next_try_at = ${row}.withdrawn_at + ${KEPT_BACK}`;

/** Whether two rows, as SQL, are the same advice told through two gateways (`tellWhereMeasured`). */
export const isOneAdvice = (a: string, b: string): string =>
  `${a}.patient_id = ${b}.patient_id and split_part(${a}.key, '${ANEW}', 1) = split_part(${b}.key, '${ANEW}', 1)`;

/** Takes back at once what was left on the screen of a gateway whose turn is over. */
export async function sendKeptBack(
  tx: EntityManager,
  { patientIds = [], episodeIds = [] }: { readonly patientIds?: readonly number[]; readonly episodeIds?: readonly number[] },
  now: Date,
): Promise<void> {
  await tx.query(
    `update home_advice h set next_try_at = $1
     where (h.patient_id = any($2::integer[]) and h.episode_id is not null or h.episode_id = any($3::bigint[])) and ${isKeptBack('h')}`,
    [now, patientIds, episodeIds],
  );
}

const REPLACE: Prepared = {
  name: 'varde_replace_advice',
  text: `
  update home_advice h ${WITHDRAW}
  from unnest($2::integer[], $3::bigint[], $4::text[]) as a (patient_id, episode_id, key)
  where h.patient_id = a.patient_id and h.answered_at is null and h.withdrawn_at is null
    and h.episode_id is not distinct from a.episode_id
    and (a.episode_id is not null or split_part(h.key, '/', 1) = split_part(a.key, '/', 1))
    and not exists (select from home_advice told where told.patient_id = a.patient_id and told.key = a.key)`,
};

/**
 * Queues what patients are told, in the transaction of the look. It takes the place of what was told before about the same episode; a
 * question or a pause, which are about none, only of one of its own kind. What has been told before is not told again, and takes no place.
 */
export async function saveAdvice(tx: EntityManager, advice: readonly PatientAdvice[], now: Date): Promise<void> {
  if (advice.length === 0) return;
  const keys = advice.map(({ episodeId, draft: { key } }) => (episodeId === null ? key : `${episodeId}${key.slice(key.indexOf('/'))}`));
  await queryPrepared(
    tx,
    REPLACE,
    [now, advice.map(({ patientId }) => patientId), advice.map(({ episodeId }) => episodeId), keys],
    advice.length,
  );
  const episodeIds = advice.flatMap(({ episodeId }) => episodeId ?? []);
  if (episodeIds.length > 0) await sendKeptBack(tx, { episodeIds }, now);
  await queryPrepared(
    tx,
    SAVE,
    [
      advice.map(({ patientId }) => patientId),
      advice.map(({ episodeId }) => episodeId),
      keys,
      advice.map(({ draft }) => draft.kind),
      advice.map(({ draft }) => draft.text.nb),
      advice.map(({ draft }) => draft.text.en),
      advice.map(({ draft }) => draft.answers.join(',')),
      advice.map(({ draft }) => draft.mustAnswer),
      advice.map(({ draft }) => draft.ofUseUntil),
      advice.map(({ draft }) => draft.measurementId),
      now,
    ],
    advice.length,
  );
  await wakeHomeSenders(tx);
}

/** An episode that has gone into another. */
export interface MergedEpisode {
  readonly episodeId: number;
  readonly intoId: number;
}

/** What patients have not answered yet stays on their screens, and is an answer to the episode that goes on. */
export async function moveAdvice(tx: EntityManager, merged: readonly MergedEpisode[]): Promise<void> {
  if (merged.length === 0) return;
  await tx.query(
    `update home_advice h set episode_id = m.into_id from unnest($1::bigint[], $2::bigint[]) as m (episode_id, into_id)
     where h.episode_id = m.episode_id and h.answered_at is null and h.withdrawn_at is null`,
    [merged.map(({ episodeId }) => episodeId), merged.map(({ intoId }) => intoId)],
  );
}

/** Withdraws what still waits for an answer about these episodes: they are closed. */
export async function withdrawAdvice(tx: EntityManager, episodeIds: readonly number[], now: Date): Promise<void> {
  if (episodeIds.length === 0) return;
  const [rows] = await tx.query<[unknown[], number]>(
    `update home_advice h ${WITHDRAW} where h.episode_id = any($2::bigint[]) and h.answered_at is null and h.withdrawn_at is null returning 1`,
    [now, episodeIds],
  );
  await sendKeptBack(tx, { episodeIds }, now);
  if (rows.length > 0) await wakeHomeSenders(tx);
}

/** Keeps what patients have answered; what is answered is not sent any more. */
export async function saveAdviceAnswers(tx: EntityManager, answers: readonly AdviceAnswered[], now: Date): Promise<void> {
  if (answers.length === 0) return;
  await tx.query(
    `update home_advice h set read_at = coalesce(h.read_at, a.at),
       answered_at = case when a.answer = 'seen' then h.answered_at else a.at end,
       answer = case when a.answer = 'seen' then h.answer else a.answer end,
       next_try_at = case when a.answer = 'seen' then h.next_try_at end
     from (
       select distinct on (id) id, answer, at from unnest($1::bigint[], $2::text[], $3::timestamptz[]) as given (id, answer, at)
       order by id, answer = 'seen', at
     ) a
     where h.id = a.id and h.answered_at is null`,
    [answers.map(({ adviceId }) => adviceId), answers.map(({ answer }) => answer), answers.map(({ at }) => at)],
  );
  await answerElsewhere(tx, answers, now);
}

// What was answered where it was kept back stands as answered there, and goes from where it stood.
async function answerElsewhere(tx: EntityManager, answers: readonly AdviceAnswered[], now: Date): Promise<void> {
  const said = answers.filter(({ answer, episodeId }) => answer !== 'seen' && episodeId !== null);
  if (said.length === 0) return;
  const ids = said.map(({ adviceId }) => adviceId);
  const [rows] = await tx.query<[{ id: string }[], number]>(
    `update home_advice h ${WITHDRAW} from home_advice a
     where a.id = any($2::bigint[]) and h.id <> a.id and h.episode_id = a.episode_id and ${isOneAdvice('h', 'a')}
       and h.answered_at is null and h.withdrawn_at is null
     returning a.id`,
    [now, ids],
  );
  if (rows.length > 0)
    await tx.query(`update home_advice set withdrawn_at = null where id = any($1::bigint[])`, [rows.map(({ id }) => id)]);
  await sendKeptBack(tx, { episodeIds: said.flatMap(({ episodeId }) => episodeId ?? []) }, now);
  await wakeHomeSenders(tx);
}

const ADVISED: Prepared = {
  name: 'varde_advised',
  text: `
  select patient_id, id, kind, key, episode_id, advised_at, read_at is not null as is_read, false as is_withdrawn, answer from home_advice
  where patient_id = any($1) and answered_at is null and withdrawn_at is null
  union all
  select patient_id, id, kind, key, episode_id, advised_at, read_at is not null, withdrawn_at is not null, answer from home_advice
  where episode_id in (select episode_id from episode_domain where patient_id = any($1))
    and (answered_at is null and withdrawn_at > $2::timestamptz - interval '24 hours' or answered_at is not null and kind in ('yellow', 'critical'))
  order by id`,
};

/**
 * What these patients were told and have not answered, by patient; while its episode is open, with what was withdrawn within a day, which
 * somebody may be answering, and with yellow advice and calls for 113 that were answered. Patients with none are left out.
 */
export async function readAdvised(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Advised[]>> {
  interface Row {
    patient_id: number;
    id: string;
    kind: AdviceKind;
    key: string;
    episode_id: string | null;
    advised_at: Date;
    is_read: boolean;
    is_withdrawn: boolean;
    answer: AdviceAnswer | null;
  }
  const rows = await queryPrepared<Row>(tx, ADVISED, [patientIds, now], patientIds.length);
  return groupRows(rows, (row) => ({
    id: Number(row.id),
    kind: row.kind,
    key: row.key,
    isRead: row.is_read,
    at: row.advised_at,
    episodeId: row.episode_id === null ? null : Number(row.episode_id),
    ...(row.is_withdrawn && { isWithdrawn: true }),
    ...(row.answer !== null && { answer: row.answer }),
  }));
}

/** Advice as people see it: advised, sent, delivered, read and answered kept apart; what has not happened is null. */
export interface AdviceLine {
  readonly id: number;
  readonly episodeId: number | null;
  readonly kind: AdviceKind;
  readonly text: Words;
  readonly mustAnswer: boolean;
  readonly advisedAt: Date;
  /** Whether there is a gateway to send it to: a home that none is known of cannot be told. */
  readonly hasGateway: boolean;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly readAt: Date | null;
  readonly answeredAt: Date | null;
  readonly answer: AdviceAnswer | null;
  readonly withdrawnAt: Date | null;
}

const LINE = `id::float8 as id, episode_id::float8 as "episodeId", kind, text_nb as nb, text_en as en, must_answer as "mustAnswer",
  advised_at as "advisedAt", client_id is not null as "hasGateway", sent_at as "sentAt", delivered_at as "deliveredAt", read_at as "readAt",
  answered_at as "answeredAt", answer, withdrawn_at as "withdrawnAt"`;

type LineRow = Omit<AdviceLine, 'text'> & { readonly nb: string; readonly en: string };
const toLine = ({ nb, en, ...rest }: LineRow): AdviceLine => ({ ...rest, text: { nb, en } });

/** The last 50 things a patient was told or asked, newest first. */
export async function readAdvice(manager: EntityManager, patientId: number): Promise<AdviceLine[]> {
  const rows = await manager.query<LineRow[]>(
    `select ${LINE} from home_advice where patient_id = $1 order by home_advice.id desc limit 50`,
    [patientId],
  );
  return rows.map(toLine);
}

/** What the patient was told about an episode, oldest first. */
export async function readAdviceOfEpisode(manager: EntityManager, episodeId: number): Promise<AdviceLine[]> {
  const rows = await manager.query<LineRow[]>(`select ${LINE} from home_advice where episode_id = $1 order by home_advice.id`, [episodeId]);
  return rows.map(toLine);
}
