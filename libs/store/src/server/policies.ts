/** What a chart tells of a stretch of time: accepted readings; the doubtful ones when it has no other. */
export const BUCKET_COLUMNS = `
  count(*)::integer as count,
  (count(*) filter (where doubt is not null))::integer as doubtful,
  coalesce(min(value) filter (where doubt is null), min(value)) as min,
  coalesce(percentile_cont(0.5) within group (order by value) filter (where doubt is null), percentile_cont(0.5) within group (order by value)) as median,
  coalesce(max(value) filter (where doubt is null), max(value)) as max`;

/**
 * What the full edition of TimescaleDB keeps up by itself, run at every start and harmless to run again: old chunks are
 * compressed, and long charts read daily summaries. The Apache edition has neither and does without.
 */
export const FULL_EDITION_POLICIES: readonly string[] = [
  `alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'patient_id, metric', timescaledb.compress_orderby = 'observed_at, measurement_id')`,
  `select add_compression_policy('reading', compress_after => interval '30 days', if_not_exists => true)`,
  `create materialized view if not exists reading_daily with (timescaledb.continuous, timescaledb.materialized_only = false) as
     select patient_id, metric, time_bucket(interval '1 day', observed_at) as day, ${BUCKET_COLUMNS}
     from reading group by patient_id, metric, time_bucket(interval '1 day', observed_at) with no data`,
  `select add_continuous_aggregate_policy('reading_daily', start_offset => interval '60 days', end_offset => interval '1 day',
     schedule_interval => interval '1 hour', if_not_exists => true)`,
];
