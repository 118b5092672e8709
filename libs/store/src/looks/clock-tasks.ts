import { CLOCK_AHEAD, clockTask, newestOfClocks, type ClockSeen } from '@varde/look';
import type { EntityManager } from 'typeorm';
import { numberArray } from '../server/array-text.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { RESTS_DAYS, saveTasks } from './task-save.js';

/** Acts of a patient that no look has seen before, and the unit that is to set a clock they find wrong. */
export interface ActsOfUnit {
  readonly patientId: number;
  readonly unitId: number;
  readonly measurementIds: readonly number[];
}

/** What came longer ago says nothing of a clock as it is now. */
const TELLS_MS = 3_600_000;
const DAY_MS = 86_400_000;

const DEVICE_KEY = `'${CLOCK_AHEAD}:device/' || d.id`;
const GATEWAY_KEY = `'${CLOCK_AHEAD}:gateway/' || c.code || '/' || m.client_id`;

// A live act with a printed time that no clock made doubtful shows the device's to be right if it did not wait, which hides how far ahead a clock is;
// one sent when it came, the gateway's. Of both only what there is a task for is asked for: mostly there is none, and no row comes.
const CLOCKS: Prepared = {
  name: 'varde_clocks',
  text: `
  select s.of, s.key, s.name, s.patient_id, a.unit_id, m.received_at, s.ahead_ms
  from unnest($1::bigint[], $2::int[], $3::int[]) as a (measurement_id, patient_id, unit_id)
  join measurement m on m.id = a.measurement_id and m.received_at > $4
  join device d on d.id = m.device_id
  join community c on c.id = d.community_id
  cross join lateral (
    select 'device' as of, ${DEVICE_KEY} as key, d.name, a.patient_id, (m.detail->'clocksAhead'->>'deviceMs')::float8 as ahead_ms,
      m.device_time is not null and not m.from_memory and m.time_quality <> 'doubtful'
        and m.received_at - m.observed_at <= interval '5 minutes' as is_right
    union all
    select 'gateway', ${GATEWAY_KEY}, m.client_id, null, (m.detail->'clocksAhead'->>'gatewayMs')::float8,
      abs(extract(epoch from m.received_at - m.sent_at)) <= 300
  ) s
  where s.ahead_ms is not null or (s.is_right and case when s.patient_id is null
    then exists (select from task t where t.unit_id = a.unit_id and t.key = s.key and t.state = 'open' and t.patient_id is null)
    else exists (select from task t where t.patient_id = s.patient_id and t.key = s.key and t.state = 'open') end)`,
};

/** What these acts show of the clocks they were timed by, as far as it may change a task. One statement however many they are. */
export async function readClocks(tx: EntityManager, acts: readonly ActsOfUnit[], now: Date): Promise<ClockSeen[]> {
  const each = acts.flatMap(({ patientId, unitId, measurementIds }) => measurementIds.map((id) => ({ id, patientId, unitId })));
  if (each.length === 0) return [];
  interface Row {
    of: ClockSeen['of'];
    key: string;
    name: string;
    patient_id: number | null;
    unit_id: number;
    received_at: Date;
    ahead_ms: number | null;
  }
  const columns = [each.map(({ id }) => id), each.map(({ patientId }) => patientId), each.map(({ unitId }) => unitId)].map(numberArray);
  const rows = await queryPrepared<Row>(tx, CLOCKS, [...columns, new Date(now.getTime() - TELLS_MS)], each.length);
  return rows.map(({ patient_id: patientId, unit_id: unitId, received_at: receivedAt, ahead_ms: aheadMs, of, key, name }) => {
    return { of, key, name, patientId, unitId, receivedAt, aheadMs };
  });
}

// A task about a patient stays theirs whichever unit does tasks now; one about no patient is its unit's. Known: open, or closed by a person a short
// while ago.
const UNKNOWN: Prepared = {
  name: 'varde_unknown_clocks',
  text: `
  select c.place::int - 1 as nth from unnest($1::text[], $2::int[], $3::int[]) with ordinality as c (key, patient_id, unit_id, place)
  where not case when c.patient_id is null
    then exists (select from task t where t.unit_id = c.unit_id and t.key = c.key and t.patient_id is null
      and (t.state = 'open' or (t.state in ('done', 'dismissed') and t.closed_at > $4)))
    else exists (select from task t where t.patient_id = c.patient_id and t.key = c.key
      and (t.state = 'open' or (t.state in ('done', 'dismissed') and t.closed_at > $4))) end
  order by c.place`,
};

const SETTLE: Prepared = {
  name: 'varde_settle_clocks',
  text: `
  update task t set state = 'settled', closed_at = $4
  from unnest($1::text[], $2::int[], $3::int[]) as c (key, patient_id, unit_id)
  where t.key = c.key and t.state = 'open'
    and (t.patient_id = c.patient_id or (c.patient_id is null and t.patient_id is null and t.unit_id = c.unit_id))`,
};

const columnsOf = (clocks: readonly ClockSeen[]): unknown[] => [
  clocks.map(({ key }) => key),
  clocks.map(({ patientId }) => patientId),
  clocks.map(({ unitId }) => unitId),
];

/**
 * Raises a task for each clock that is ahead, once for as long as it is, and settles those of clocks that no longer are. A few statements however
 * many clocks they are.
 */
export async function saveClockTasks(tx: EntityManager, clocks: readonly ClockSeen[], now: Date): Promise<void> {
  // In order, for another watcher may be writing the task of the same gateway.
  const newest = [...newestOfClocks(clocks)].sort((a, b) => (a.key < b.key ? -1 : 1));
  const right = newest.filter(({ aheadMs }) => aheadMs === null);
  const ahead = newest.flatMap((clock) => {
    const task = clockTask(clock);
    return task === null ? [] : [{ ...clock, task }];
  });
  if (right.length > 0) await queryPrepared(tx, SETTLE, [...columnsOf(right), now], right.length);
  if (ahead.length === 0) return;
  const restedSince = new Date(now.getTime() - RESTS_DAYS * DAY_MS);
  const unknown = await queryPrepared<{ nth: number }>(tx, UNKNOWN, [...columnsOf(ahead), restedSince], ahead.length);
  await saveTasks(
    tx,
    unknown.flatMap(({ nth }) => ahead[nth] ?? []),
    now,
  );
}
