import type { EntityManager } from 'typeorm';
import type { Blindness, BlindPart } from './blindness.js';

/** What was late because of a stretch of blindness. */
export interface CaughtUp {
  /** Readings measured in it: held up when nothing could be received or stored, else those that came more than a minute late. */
  readonly readingsLate: number;
  /** Patients whose look was late. */
  readonly patientsLate: number;
  /** Notices that were sent more than a minute after they were queued. */
  readonly noticesLate: number;
  /** Patients and notices that still wait; 0: everything that was acknowledged has been looked at, and everything due has been sent. */
  readonly stillWaiting: number;
  /** Messages to homes that became of no use in it before they were sent: requests to measure again, advice. They are lost. */
  readonly homesUntold: number;
  /** Notices about those patients that no try brought there before they were given up in it: they stand on the worklist, and nobody was called. */
  readonly noticesGivenUp: number;
}

/** Parts whose absence holds up every reading that is measured meanwhile. */
const HOLDS_UP: readonly BlindPart[] = ['broker', 'ingest', 'database', 'gateway'];

/** The newest rows that are searched for late ones: no outage makes more before it is told as over. */
const NEWEST_SEARCHED = 100_000;

/**
 * Whether a patient is one that is asked about: of those the stretch touches (none named: all), and of the units' (null: whoever's).
 */
const isAsked = (patientId: string): string => `(cardinality($5::integer[]) = 0 or s.patient_id is not null)
       and ($6::integer[] is null or exists (select from team_unit t where t.patient_id = ${patientId} and t.unit_id = any($6)))`;
/** The same of a notice `n` and its episode `e`, by the unit it goes to: some are about no patient. */
const IS_NOTICE_ASKED = `(cardinality($5::integer[]) = 0 or s.patient_id is not null) and ($6::integer[] is null or n.unit_id = any($6))`;
/** Each patient that is named, with a stretch of their own. */
const touched = (patientId: string): string => `left join touched s on s.patient_id = ${patientId}`;
const FROM = 'coalesce(s.since, $1::timestamptz)';
const TO = 'coalesce(s.ended_at, $2::timestamptz)';

// Looks are found by the newest lines of the log: it has no index by time, and none is worth one question in an outage. The longest stretch is said
// beside each patient's own, for it says which chunks of readings there are to search.
const CAUGHT_UP = `
  with touched as materialized (
    select patient_id, since, ended_at from unnest($5::integer[], $7::timestamptz[], $8::timestamptz[]) as t (patient_id, since, ended_at)
  )
  select
    (select count(*)::integer from reading r ${touched('r.patient_id')}
     where r.observed_at between $1::timestamptz - interval '1 minute' and $2
       and r.observed_at between ${FROM} - interval '1 minute' and ${TO}
       and r.received_at > case when $4 then ${FROM} else r.observed_at + interval '1 minute' end
       and ${isAsked('r.patient_id')}) as readings_late,
    (select count(distinct l.patient_id)::integer from (select * from patient_log order by id desc limit ${NEWEST_SEARCHED}) l
     ${touched('l.patient_id')}
     cross join lateral unnest(l.measurement_ids) as looked (id) join measurement m on m.id = looked.id
     where l.kind = 'look' and l.at > ${FROM} and m.received_at < l.at - interval '1 minute' and ${isAsked('l.patient_id')}) as patients_late,
    (select count(*)::integer from (select * from notice order by id desc limit ${NEWEST_SEARCHED}) n left join episode e on e.id = n.episode_id
     ${touched('e.patient_id')}
     where n.queued_at between ${FROM} - interval '1 minute' and ${TO} and n.sent_at > n.queued_at + interval '1 minute'
       and ${IS_NOTICE_ASKED}) as notices_late,
    (select count(distinct a.patient_id)::integer from arrival a ${touched('a.patient_id')}
     where a.arrived_at < $3::timestamptz - interval '1 minute' and ${isAsked('a.patient_id')})
      + (select count(*)::integer from notice n left join episode e on e.id = n.episode_id ${touched('e.patient_id')}
         where n.next_try_at < $3::timestamptz - interval '1 minute' and ${IS_NOTICE_ASKED}) as still_waiting,
    (select count(*)::integer from (select * from home_ask order by id desc limit ${NEWEST_SEARCHED}) a ${touched('a.patient_id')}
     where a.answer_by between ${FROM} and ${TO} and a.sent_at is null and a.settled_at is null and ${isAsked('a.patient_id')})
      + (select count(*)::integer from (select * from home_advice order by id desc limit ${NEWEST_SEARCHED}) a ${touched('a.patient_id')}
         where a.of_use_until between ${FROM} and ${TO} and a.sent_at is null and a.answered_at is null and a.withdrawn_at is null
           and a.client_id is not null and ${isAsked('a.patient_id')}) as homes_untold,
    (select count(*)::integer from (select * from notice order by id desc limit ${NEWEST_SEARCHED}) n join episode e on e.id = n.episode_id
     ${touched('e.patient_id')}
     where n.given_up_at between ${FROM} and ${TO} and n.has_failed and ${IS_NOTICE_ASKED}) as notices_given_up`;

/** A stretch of blindness as it is asked about. */
export type Stretch = Pick<Blindness, 'part' | 'since' | 'to' | 'patientIds' | 'patientsWaiting'>;

/**
 * Counts what was late because of a stretch of blindness, or of several of one part, such as the gateways of a valley: each of their patients over
 * a stretch of their own.
 * @param unitIds only of patients these units follow, and of what these units are told; null: of all
 */
export async function readCaughtUp(
  manager: EntityManager,
  stretches: readonly Stretch[],
  now: Date,
  unitIds: readonly number[] | null = null,
): Promise<CaughtUp> {
  interface Counts {
    readings_late: number;
    patients_late: number;
    notices_late: number;
    still_waiting: number;
    homes_untold: number;
    notices_given_up: number;
  }
  const longest = longestOf(stretches, now);
  const patients = [...stretchesOfPatients(stretches, now)];
  const holdsUp = stretches.some(({ part }) => HOLDS_UP.includes(part));
  const [row] = await manager.query<Counts[]>(CAUGHT_UP, [
    ...[longest.since, longest.to, now, holdsUp],
    ...[patients.map(([patientId]) => patientId), unitIds],
    ...[patients.map(([, { since }]) => since), patients.map(([, { to }]) => to)],
  ]);
  // Who waited without having measured was counted then, and only of all.
  const waitingOfAll = patients.length === 0 && unitIds === null ? Math.max(...stretches.map(({ patientsWaiting }) => patientsWaiting)) : 0;
  return {
    readingsLate: row?.readings_late ?? 0,
    patientsLate: Math.max(row?.patients_late ?? 0, waitingOfAll),
    noticesLate: row?.notices_late ?? 0,
    stillWaiting: row?.still_waiting ?? 0,
    homesUntold: row?.homes_untold ?? 0,
    noticesGivenUp: row?.notices_given_up ?? 0,
  };
}

interface Span {
  readonly since: Date;
  readonly to: Date;
}

function longestOf(spans: readonly Pick<Stretch, 'since' | 'to'>[], now: Date): Span {
  return spans
    .map(({ since, to }) => ({ since, to: to ?? now }))
    .reduce((a, b) => ({ since: a.since < b.since ? a.since : b.since, to: a.to > b.to ? a.to : b.to }));
}

/** Who measures through two gateways is counted once. */
function stretchesOfPatients(stretches: readonly Stretch[], now: Date): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (const { patientIds, since, to } of stretches) {
    for (const patientId of patientIds) {
      const known = spans.get(patientId);
      spans.set(patientId, longestOf(known === undefined ? [{ since, to }] : [known, { since, to }], now));
    }
  }
  return spans;
}

/** People have been told that it is over, and what was late. */
export async function saveOverTold(manager: EntityManager, ids: readonly number[], now: Date, caughtUp: CaughtUp): Promise<void> {
  await manager.query(`update blindness set over_told_at = $2, next_tell_at = null, caught_up = $3 where id = any($1::integer[])`, [
    ids,
    now,
    JSON.stringify(caughtUp),
  ]);
}
