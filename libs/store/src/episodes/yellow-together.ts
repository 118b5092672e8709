import { YELLOW_TOGETHER_WITHIN_MS } from '@varde/alerts';

const WITHIN = `interval '${YELLOW_TOGETHER_WITHIN_MS / 1_000} seconds'`;

/**
 * SQL: a table of patients whose gravest open signals are yellow, of different areas, within 24 hours: they stay yellow and move to the top
 * (`episode_policy.severity`), with their areas. A signal counts while it stands, from its first time to its last.
 * @param name of the table
 * @param graded table of open episodes with the gravity of the patient's gravest, `worst`
 * @param yellow gravity of yellow
 */
export const yellowTogetherSql = (name: string, graded: string, yellow: number): string => `
  yellow_signal as materialized (
    select g.patient_id, s.domain, s."firstAt" as first_at, s."lastAt" as last_at
    from ${graded} g join episode e on e.id = g.id
    cross join lateral jsonb_to_recordset(e.signals)
      as s (domain text, severity text, standing boolean, "firstAt" timestamptz, "lastAt" timestamptz)
    where g.worst = ${yellow} and s.severity = 'yellow' and s.standing
  ), ${name} as (
    select a.patient_id, array_agg(distinct a.domain order by a.domain) as domains
    from yellow_signal a join yellow_signal b on b.patient_id = a.patient_id and b.domain <> a.domain
      and a.first_at <= b.last_at + ${WITHIN} and b.first_at <= a.last_at + ${WITHIN}
    group by a.patient_id
  )`;
