import type { Database } from '@varde/store';
import { foundCommunity } from './homes.js';
import { cpuSeconds } from './machine.js';
import { openBenchDatabase, pause, startService, type Bench, type Run } from './rig.js';
import { percentileOf, rounded } from './statistics.js';
import type { Result } from './result.js';

const COHORT = 500;
const PATIENTS_ASKED = 60;
/** A preview of 90 days reads 52 days more: two weeks of warm-up, and the baselines of the first day. */
const PAST_DAYS = 145;
const ROUND_EVERY_MS = 100;

/** What a lower saturation limit would have done: of one patient at a time, and of 500 at once. */
export const preview: Bench = async (run) => {
  const bench = await openBenchDatabase(run.server);
  const api = await startService(bench.url, 'triage');
  try {
    const { database } = bench;
    const count = run.isTrial ? 10 : (run.devices ?? COHORT);
    const until = new Date();
    const community = await foundCommunity(database, count, new Date(until.getTime() - PAST_DAYS * 86_400_000));
    const ids = community.homes.map(({ patientId }) => patientId);
    const readings = await fillDays(database, ids, until);
    run.say(`preview: ${readings} readings of ${count} patients, ${rounded(readings / count / PAST_DAYS, 1)} a patient and day`);
    const ask = await signIn(api.apiUrl, community.nurse);
    const idle = await run.quiet();
    const results = [
      await askPatients(ids.slice(0, run.isTrial ? 3 : PATIENTS_ASKED), ask, { idle, readings, pid: api.pid }),
      await askCohort({ unitId: community.unitId, count }, ask, { idle, run, pid: api.pid }),
    ];
    if (api.log !== '') run.say(`the service wrote: ${api.log.slice(0, 600)}`);
    return results;
  } finally {
    await api.stop();
    await bench.close();
  }
};

type Ask = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;

const CHANGE = { ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86 };

interface Measured {
  readonly idle: number;
  readonly pid: number | null;
}

async function askPatients(ids: readonly number[], ask: Ask, { pid, ...detail }: Measured & { readings: number }): Promise<Result> {
  const ms: number[] = [];
  const cpuBefore = cpuSeconds(pid ?? 0);
  let looks = 0;
  for (const id of ids) {
    const startedMs = performance.now();
    const told = await ask('POST', `/api/patients/${id}/preview`, { changes: [{ kind: 'limit', ...CHANGE }] });
    ms.push(performance.now() - startedMs);
    looks += Number(told['looks']);
  }
  // The first ones find a thread that has not begun yet: told, not left out.
  return {
    bench: 'preview',
    figure: 'preview of a patient over 90 days, p99 in ms',
    value: rounded(percentileOf(ms, 99)),
    gate: 1_000,
    aim: 500,
    better: 'lower',
    detail: {
      ...detail,
      patients: ids.length,
      p50Ms: rounded(percentileOf(ms, 50)),
      firstMs: rounded(ms[0] ?? Number.NaN),
      looksEach: rounded(looks / ids.length),
      // Processor time does not depend on who else uses the machine: what a patient would take on a quiet one.
      cpuMsEach: rounded(((cpuSeconds(pid ?? 0) - cpuBefore) / ids.length) * 1000),
    },
  };
}

async function askCohort(
  { unitId, count }: { readonly unitId: number; readonly count: number },
  ask: Ask,
  { idle, run, pid }: Measured & { readonly run: Run },
): Promise<Result> {
  const cpuBefore = cpuSeconds(pid ?? 0);
  const started = await ask('POST', '/api/previews', { unitId, changes: [{ kind: 'unit_limit', ...CHANGE }] });
  const startedMs = performance.now();
  // Whether the event loop stays free while it works: how long the service takes to say how far it is.
  const answersMs: number[] = [];
  for (;;) {
    const askedMs = performance.now();
    const job = await ask('GET', `/api/previews/${Number(started['id'])}`);
    answersMs.push(performance.now() - askedMs);
    if (job['state'] === 'done') break;
    if (job['state'] !== 'running') throw new Error(`the job is ${String(job['state'])}`);
    await pause(ROUND_EVERY_MS);
  }
  const tookSec = (performance.now() - startedMs) / 1000;
  run.say(`preview: ${count} patients in ${rounded(tookSec, 1)} s`);
  return {
    bench: 'preview',
    figure: `preview of ${count} patients over 90 days, in s`,
    value: rounded(tookSec, 1),
    gate: 30,
    aim: 15,
    better: 'lower',
    detail: {
      patients: count,
      idleBefore: idle,
      answerP99Ms: rounded(percentileOf(answersMs, 99)),
      cpuMsEach: rounded(((cpuSeconds(pid ?? 0) - cpuBefore) / count) * 1000),
    },
  };
}

async function signIn(apiUrl: string, nurse: { readonly username: string; readonly password: string }): Promise<Ask> {
  const signedIn = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(nurse),
  });
  if (!signedIn.ok) throw new Error(`the nurse could not sign in: ${signedIn.status}`);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  return async (method, path, body) => {
    const answer = await fetch(apiUrl + path, {
      method,
      headers: { cookie, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
}

// Three oximeter acts, a weighing and a cuff a day, 7 % of the days without any; a bad week now and then, at a time of each patient's own.
const DAYS = `
  insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
  select p.id, v.metric, at, (p.id::bigint * 100000 + d * 10 + a.act), round((v.usual + v.bad * is_bad + v.noise * (random() + random() - 1))::numeric, 1), at + interval '2 seconds'
  from unnest($1::int[]) as p (id)
  cross join generate_series(0, $2::int) as d
  cross join (values (1, 8.0), (2, 13.0), (3, 20.0), (4, 8.1), (5, 8.2)) as a (act, hour)
  join (values (1, 'spo2', 92, -5, 3), (1, 'pulse', 76, 22, 12), (2, 'spo2', 92, -5, 3), (2, 'pulse', 76, 22, 12), (3, 'spo2', 92, -5, 3),
    (3, 'pulse', 76, 22, 12), (4, 'weight', 80, 2, 0.6), (5, 'systolic', 132, -12, 14), (5, 'diastolic', 78, -4, 8)) as v (act, metric, usual, bad, noise)
    on v.act = a.act
  cross join lateral (select case when (d + p.id * 13) % 45 < 6 then 1 else 0 end as is_bad) b
  cross join lateral (select $3::timestamptz - make_interval(days => d) - interval '1 day' + make_interval(mins => (a.hour * 60)::int + p.id % 40) as at) t
  where (d * 7 + p.id * 31) % 100 >= 7`;

async function fillDays(database: Database, ids: readonly number[], until: Date): Promise<number> {
  const { dataSource } = database;
  const midnight = new Date(Math.floor(until.getTime() / 86_400_000) * 86_400_000);
  await dataSource.query(`insert into enrolment (patient_id, programme, from_at) select patient_id, 'hf', from_at from enrolment`);
  for (let at = 0; at < ids.length; at += 50) await dataSource.query(DAYS, [ids.slice(at, at + 50), PAST_DAYS, midnight]);
  await dataSource.query('vacuum (analyze) reading, enrolment');
  const [row] = await dataSource.query<{ n: number }[]>('select count(*)::int as n from reading');
  return row?.n ?? 0;
}
