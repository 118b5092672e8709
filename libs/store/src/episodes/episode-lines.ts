import { SEVERITIES, type Domain, type Severity } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { SAID } from '../messages/said-of-weight.js';

/** One line of the list of episodes, for an operator: without words about the patient. */
export interface EpisodeLine {
  readonly id: number;
  readonly patientId: number;
  readonly domains: readonly Domain[];
  readonly severity: Severity;
  readonly openedAt: Date;
  readonly ownerUnitId: number;
  readonly ownerUnit: string;
  readonly acknowledgedAt: Date | null;
  readonly clearedAt: Date | null;
  readonly closedAt: Date | null;
}

/** Which episodes to list. */
export interface EpisodeLinesQuestion {
  /** Null: of everybody. */
  readonly patientId: number | null;
  readonly includeClosed: boolean;
  readonly limit: number;
}

const LINES = `
  select e.id::float8 as id, e.patient_id as "patientId", e.domains, e.severity, e.opened_at as "openedAt",
    e.owner_unit_id as "ownerUnitId", u.name as "ownerUnit", e.acknowledged_at as "acknowledgedAt", e.cleared_at as "clearedAt",
    e.closed_at as "closedAt"
  from episode e join unit u on u.id = e.owner_unit_id
  where ($1::int is null or e.patient_id = $1) and ($2 or e.closed_at is null)
  order by (e.closed_at is null) desc, case when e.closed_at is null then array_position(array['${SEVERITIES.join("','")}'], e.severity) end desc,
    e.id desc limit $3`;

/** Episodes of all units: the open ones first, gravest at the top, and newest. For operators at the machine; people at a screen ask `readWorklist`. */
export function readEpisodeLines(
  manager: EntityManager,
  { patientId, includeClosed, limit }: EpisodeLinesQuestion,
): Promise<EpisodeLine[]> {
  return manager.query<EpisodeLine[]>(LINES, [patientId, includeClosed, limit]);
}

/** One stored reading with the device it came from. */
export interface ReadingLine {
  readonly measurementId: number;
  readonly metric: Metric;
  /** In the metric's canonical unit. */
  readonly value: number;
  readonly observedAt: Date;
  readonly receivedAt: Date;
  readonly doubt: string | null;
  /** Of a weight: whether it is the patient's, as was answered; null: nothing was. It counts, or is left out, whatever its doubt. */
  readonly isOwn: boolean | null;
  readonly device: string;
  /** What the device said of the act: `ok`, `questionable`, and so on. */
  readonly quality: string;
}

const COLUMNS = `
  r.measurement_id::float8 as "measurementId", r.metric, r.value, r.observed_at as "observedAt", r.received_at as "receivedAt", r.doubt,
  said.is_mine as "isOwn", d.name as device, m.quality`;

/** The readings of these acts of measuring, oldest first. */
export function readReadingsOfMeasurements(manager: EntityManager, measurementIds: readonly number[]): Promise<ReadingLine[]> {
  return manager.query<ReadingLine[]>(
    // The time comes along so that the hypertable opens only the chunks it needs.
    `select ${COLUMNS} from measurement m join device d on d.id = m.device_id
     join reading r on r.patient_id = m.patient_id and r.observed_at = m.observed_at and r.measurement_id = m.id ${SAID}
     where m.id = any($1::bigint[]) order by r.observed_at, r.measurement_id, r.metric`,
    [measurementIds],
  );
}

/** A patient's readings since a moment, newest first. */
export function readNewestReadings(
  manager: EntityManager,
  patientId: number,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<ReadingLine[]> {
  return manager.query<ReadingLine[]>(
    `select ${COLUMNS} from reading r join measurement m on m.id = r.measurement_id join device d on d.id = m.device_id ${SAID}
     where r.patient_id = $1 and r.observed_at >= $2 order by r.observed_at desc, r.measurement_id desc, r.metric limit $3`,
    [patientId, since, limit],
  );
}
