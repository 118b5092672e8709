import type { Database } from '@varde/store';
import { foundCommunity, type Home } from './homes.js';
import { openBenchDatabase, pause, startService, waitUntilLooked, type Bench, type Run } from './rig.js';
import { rounded } from './statistics.js';

const HOMES = 10_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** When a reminder is due after the planned time (`gen.silence.reminder`). */
const GRACE_MS = 4 * HOUR_MS;
/** Followed for so short a time that nothing but the reminder falls due. */
const FOLLOWED_MS = 14 * HOUR_MS;
/** What setting up and the first looks may take before everybody falls silent. */
const AHEAD_MS = 3 * MINUTE_MS;
const LONGEST_MS = 5 * MINUTE_MS;
const ASK_EVERY_MS = 50;

/**
 * Everybody forgets the same measurement: how long until every one of them is noticed, with the cause. One watcher; each home has a
 * gateway that is in contact and a reading of its own from before, so that the cause is really looked up.
 */
export const silence: Bench = async (run) => {
  const bench = await openBenchDatabase(run.server);
  const watch = await startService(bench.url, 'watch');
  try {
    const { database } = bench;
    const count = run.isTrial ? 200 : (run.devices ?? HOMES);
    const { homes } = await foundCommunity(database, count, new Date(Date.now() - FOLLOWED_MS));
    const idle = await run.quiet();
    const deadline = await planSilence(database, homes, run);
    const noticedMs = await follow(database, homes.length, deadline);
    const at = (percent: number): number => rounded((noticedMs[Math.ceil((percent / 100) * homes.length) - 1] ?? Number.NaN) / 1000, 2);
    const causes = await database.dataSource.query<{ cause: string; n: number }[]>(
      `select cause, count(*)::int as n from finding where rule_id = 'gen.silence.reminder' group by cause`,
    );
    run.say(`silence: noticed after p50 ${at(50)} s, p99 ${at(99)} s, the last ${at(100)} s`);
    return [
      {
        bench: 'silence',
        figure: `deadline to the last of ${homes.length} patients noticed, in s`,
        value: at(100),
        gate: 60,
        aim: 30,
        better: 'lower',
        detail: { patients: homes.length, p50Sec: at(50), p99Sec: at(99), maxSec: at(100), causes, idleBefore: idle },
      },
    ];
  } finally {
    await watch.stop();
    await bench.close();
  }
};

/** Gives every home the same planned time, four hours before the next full minute but some; answers when it falls overdue. */
async function planSilence(database: Database, homes: readonly Home[], run: Run): Promise<Date> {
  const { manager } = database.dataSource;
  const ahead = run.isTrial ? MINUTE_MS / 3 : AHEAD_MS;
  const deadline = new Date(Math.ceil((Date.now() + ahead) / MINUTE_MS) * MINUTE_MS);
  const planned = new Date(deadline.getTime() - GRACE_MS);
  const atLocal = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Oslo', hour: '2-digit', minute: '2-digit' }).format(planned);
  const ids = homes.map(({ patientId }) => patientId);
  const measuredAt = new Date(planned.getTime() - 7 * HOUR_MS);
  await manager.transaction(async (tx) => {
    await tx.query(`delete from scheduled_measurement where patient_id = any($1::int[])`, [ids]);
    await tx.query(
      `insert into scheduled_measurement (patient_id, metric, at_local, weekdays, from_at)
       select id, 'spo2', $2, '{1,2,3,4,5,6,7}', $3 from unnest($1::int[]) id`,
      [ids, atLocal, new Date(planned.getTime() - HOUR_MS)],
    );
    await tx.query(
      `insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
         received_at, from_memory, quality, client_id)
       select device_id, 'pulse-oximetry', $3::text, '', 'spo2=95 %', patient_id, $4, 'device', 1, $4, false, 'good', client_id
       from unnest($1::int[], $2::int[], $5::text[]) as h (device_id, patient_id, client_id)`,
      [homes.map(({ deviceId }) => deviceId), ids, measuredAt.toISOString(), measuredAt, homes.map(({ clientId }) => clientId)],
    );
    await tx.query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
       select patient_id, 'spo2', observed_at, id, 95, received_at from measurement where patient_id = any($1::int[])`,
      [ids],
    );
    await tx.query(
      `insert into gateway (community_id, client_id, online, status, status_at)
       select p.community_id, h.client_id, true, '{}', $3 from unnest($1::int[], $2::text[]) as h (patient_id, client_id)
       join patient p on p.id = h.patient_id`,
      [ids, homes.map(({ clientId }) => clientId), measuredAt],
    );
    // Without it the watcher goes by the plans it keeps (decision 18).
    await tx.query(`update patient set plan_version = plan_version + 1 where id = any($1::int[])`, [ids]);
    await tx.query(`update patient_watch set due_at = now() where patient_id = any($1::int[])`, [ids]);
  });
  await manager.query('analyze');
  const tookMs = await waitUntilLooked(database, LONGEST_MS);
  const leftMs = deadline.getTime() - Date.now();
  run.say(`silence: first looks took ${rounded(tookMs / 1000, 1)} s; everybody falls silent in ${rounded(leftMs / 1000)} s`);
  if (leftMs < 0) throw new Error('the first looks took longer than the time that was set aside for them');
  return deadline;
}

/** When each patient was seen to be noticed, in milliseconds after the deadline, in order. */
async function follow(database: Database, patients: number, deadline: Date): Promise<readonly number[]> {
  const noticedMs: number[] = [];
  await pause(Math.max(0, deadline.getTime() - Date.now() - 1_000));
  while (noticedMs.length < patients) {
    const [row] = await database.dataSource.query<{ n: number }[]>(
      `select count(*)::int as n from finding where rule_id = 'gen.silence.reminder' and at = $1`,
      [deadline],
    );
    const afterMs = Date.now() - deadline.getTime();
    while (noticedMs.length < (row?.n ?? 0)) noticedMs.push(afterMs);
    if (afterMs > LONGEST_MS) throw new Error(`${patients - noticedMs.length} patients have not been noticed after ${LONGEST_MS} ms`);
    await pause(ASK_EVERY_MS);
  }
  return noticedMs;
}
