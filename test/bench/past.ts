import type { Database } from '@varde/store';
import type { Community } from './homes.js';

/** How much past a community is given. */
export interface Past {
  readonly days: number;
  /** Acts of measuring a day; each gives saturation and pulse. */
  readonly actsPerDay: number;
  readonly until: Date;
}

const EPISODE_EVERY_DAYS = 30;
const NEWEST_EPISODE_DAYS = 10;

/**
 * Writes a past as the service would have left it: measurements, readings, daily medians, and a closed episode with its finding every
 * month; month by month, so that no statement opens many chunks at once.
 */
export async function fillPast(database: Database, { homes, unitId }: Community, past: Past): Promise<void> {
  const { dataSource } = database;
  const ids = [homes.map(({ deviceId }) => deviceId), homes.map(({ patientId }) => patientId)];
  for (let day = past.days; day > 0; day -= EPISODE_EVERY_DAYS) {
    const [from, to] = [daysBefore(past.until, day), daysBefore(past.until, Math.max(0, day - EPISODE_EVERY_DAYS))];
    await dataSource.query(MEASUREMENTS, [...ids, from, to, `${24 / past.actsPerDay} hours`]);
    await dataSource.query(READINGS, [from, to]);
  }
  await dataSource.query(DAY_MEDIANS, [past.until]);
  const episodesTo = daysBefore(past.until, NEWEST_EPISODE_DAYS);
  await dataSource.query(EPISODES, [ids[1], daysBefore(past.until, past.days), episodesTo, `${EPISODE_EVERY_DAYS} days`, unitId]);
  await dataSource.query(FINDINGS);
  await dataSource.query('vacuum (analyze) measurement, reading, day_median, episode, finding, patient_watch, arrival');
}

/** One more reading for everybody, and the arrival that makes a watcher look. */
export async function addReadings(database: Database, { homes }: Community, at: Date): Promise<void> {
  const ids = [homes.map(({ deviceId }) => deviceId), homes.map(({ patientId }) => patientId)];
  const to = new Date(at.getTime() + 1);
  await database.dataSource.transaction(async (tx) => {
    await tx.query(MEASUREMENTS, [...ids, at, to, '1 day']);
    await tx.query(READINGS, [at, new Date(at.getTime() + SPREAD_MS)]);
    await tx.query(`insert into arrival (patient_id, observed_from) select id, $2 from unnest($1::int[]) id`, [ids[1], at]);
  });
}

function daysBefore(at: Date, days: number): Date {
  return new Date(at.getTime() - days * 86_400_000);
}

/** Patients measure within a second of each other, each at a millisecond of its own, so that acts can be told apart. */
const SPREAD_MS = 1_000;

const MEASUREMENTS = `
  insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
    device_time, gateway_time, sent_at, received_at, from_memory, quality, client_id)
  select h.device_id, 'pulse-oximetry', act.at::text, '', 'spo2', h.patient_id, act.at, 'device', 1, act.at::text, act.at, act.at, act.at, false,
    'ok', 'past'
  from unnest($1::int[], $2::int[]) as h (device_id, patient_id)
  cross join lateral (
    select t + h.patient_id % 1000 * interval '1 millisecond' as at
    from generate_series($3::timestamptz, $4::timestamptz - interval '1 microsecond', $5::interval) t
  ) act
  on conflict do nothing`;

const READINGS = `
  insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
  select m.patient_id, v.metric, m.observed_at, m.id, v.value + m.id % 3, m.received_at
  from measurement m cross join (values ('spo2', 94), ('pulse', 72)) as v (metric, value)
  where m.observed_at >= $1 and m.observed_at < $2
  on conflict do nothing`;

const DAY_MEDIANS = `
  insert into day_median (patient_id, metric, day, median, readings)
  select r.patient_id, r.metric, (r.observed_at at time zone p.zone)::date, percentile_cont(0.5) within group (order by r.value), count(*)
  from reading r join patient p on p.id = r.patient_id
  where (r.observed_at at time zone p.zone)::date < ($1::timestamptz at time zone p.zone)::date
  group by 1, 2, 3
  on conflict do nothing`;

const EPISODES = `
  insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, cleared_at, closed_at, outcome,
    pathway_id, pathway_version, ladder_started_at, version)
  select p.id, '{respiratory}', 'yellow', '[]', t, t, $5, t + interval '1 hour', t + interval '2 hours', 'settled', p.pathway_id, 1, t, 2
  from patient p cross join generate_series($2::timestamptz, $3::timestamptz, $4::interval) t
  where p.id = any($1::int[])`;

const FINDINGS = `
  insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits,
    reason_nb, reason_en, episode_id)
  select patient_id, 'copd.spo2.below_target', 1, 'respiratory', 'fire', 'yellow', id::text, opened_at, opened_at, opened_at, '{}', '[]', '', '', id
  from episode where closed_at is not null`;
