/**
 * What the full edition of TimescaleDB keeps up by itself, run at every start and harmless to run again: old chunks are
 * compressed, and long charts read daily summaries. The Apache edition has neither and does without.
 */
export const FULL_EDITION_POLICIES: readonly string[] = [
  `alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'patient_id, metric', timescaledb.compress_orderby = 'observed_at, measurement_id')`,
  `select add_compression_policy('reading', compress_after => interval '30 days', if_not_exists => true)`,
  `create materialized view if not exists reading_daily with (timescaledb.continuous, timescaledb.materialized_only = false) as
     select patient_id, metric, time_bucket(interval '1 day', observed_at) as day,
       min(value) as min, max(value) as max, avg(value) as mean, count(*) as readings
     from reading group by patient_id, metric, time_bucket(interval '1 day', observed_at) with no data`,
  `select add_continuous_aggregate_policy('reading_daily', start_offset => interval '60 days', end_offset => interval '1 day',
     schedule_interval => interval '1 hour', if_not_exists => true)`,
];
