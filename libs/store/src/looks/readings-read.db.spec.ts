import { CONTEXT_READINGS_MAX, windowBounds } from '@varde/look';
import type { Metric } from '@varde/vitals';
import { testDatabase } from '../../../../test/engine.js';
import { readReadings } from './readings-read.js';

const now = new Date('2026-03-04T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONE = 'Europe/Oslo';

const db = testDatabase();

interface Stored {
  readonly id: number;
  readonly metric: Metric;
  readonly atMs: number;
}

/** Stores one reading at each of these hours before `now`; ids rise with the hours, so two of one time differ. */
async function store(patientId: number, metric: Metric, hoursBefore: readonly number[]): Promise<Stored[]> {
  const stored = hoursBefore.map((hours, at) => ({
    id: patientId * 1_000_000 + metric.length * 10_000 + at,
    metric,
    atMs: now.getTime() - hours * HOUR_MS,
  }));
  await db.database.dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
     select $1::int, $2::text, at, id, id % 7 + 0.5, at + interval '2 seconds', case when id % 5 = 0 then 'clock' end
     from unnest($3::bigint[], $4::timestamptz[]) as r (id, at)`,
    [patientId, metric, stored.map(({ id }) => id), stored.map(({ atMs }) => new Date(atMs))],
  );
  return stored;
}

/** What `windowBounds` says may be seen. */
function seen(stored: readonly Stored[], unlookedFrom: Date | null): number[] {
  const { unseenFromMs, readingsFromMs, readingsToMs } = windowBounds(ZONE, unlookedFrom, now);
  return [...new Set(stored.map(({ metric }) => metric))]
    .flatMap((metric) => {
      const own = stored
        .filter((each) => each.metric === metric && each.atMs <= readingsToMs)
        .sort((a, b) => b.atMs - a.atMs || b.id - a.id);
      const older = own.filter(({ atMs }) => atMs < unseenFromMs && atMs >= readingsFromMs).slice(0, CONTEXT_READINGS_MAX);
      return [...own.filter(({ atMs }) => atMs >= unseenFromMs), ...older];
    })
    .map(({ id }) => id)
    .sort((a, b) => a - b);
}

const hours = (from: number, step: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at * step);

test('each patient of a round is given the readings of the own window, however much of it others have', async () => {
  const patients = [
    { patientId: 1, unlookedFrom: null, spo2: hours(0.5, 1, 300), pulse: hours(-30, 4, 30) },
    { patientId: 2, unlookedFrom: new Date(now.getTime() - 80 * HOUR_MS), spo2: hours(0, 1, 200), pulse: hours(79, 0, 3) },
    // Two patients with something late, weeks apart.
    { patientId: 3, unlookedFrom: new Date(now.getTime() - 20 * DAY_MS), spo2: hours(3, 6, 200), pulse: [] },
    { patientId: 4, unlookedFrom: new Date(now.getTime() - 60 * DAY_MS), spo2: [], pulse: hours(3, 24, 120) },
    { patientId: 5, unlookedFrom: null, spo2: hours(600, 1, 10), pulse: [216.999, 217, 217.001] },
    { patientId: 6, unlookedFrom: null, spo2: [], pulse: [] },
  ];
  const stored = new Map<number, Stored[]>();
  for (const { patientId, spo2, pulse } of patients) {
    stored.set(patientId, [...(await store(patientId, 'spo2', spo2)), ...(await store(patientId, 'pulse', pulse))]);
    await store(patientId, 'weight', [1, 2]);
  }
  const claims = patients.map(({ patientId, unlookedFrom }) => ({ patientId, unlookedFrom, zone: ZONE }));
  const read = await db.database.dataSource.transaction((tx) => readReadings(tx, claims, ['spo2', 'pulse'], now));
  for (const { patientId, unlookedFrom } of patients) {
    const ids = (read.get(patientId) ?? []).map(({ measurementId }) => measurementId).sort((a, b) => a - b);
    expect({ patientId, ids }).toEqual({ patientId, ids: seen(stored.get(patientId) ?? [], unlookedFrom) });
  }
  // As often as it takes until the server keeps one plan for whatever it is asked.
  const again = await db.database.dataSource.transaction(async (tx) => {
    let last = read;
    for (let turn = 0; turn < 7; turn += 1) last = await readReadings(tx, claims, ['spo2', 'pulse'], now);
    return last;
  });
  expect(again).toEqual(read);
  const first = read.get(2)?.find(({ measurementId }) => measurementId === 2_040_000);
  expect(first).toEqual({
    ...{ measurementId: 2_040_000, metric: 'spo2', value: (2_040_000 % 7) + 0.5, doubt: 'clock' },
    ...{ observedAt: now, receivedAt: new Date(now.getTime() + 2_000) },
  });
});
