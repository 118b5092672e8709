import pg from 'pg';
import type { Home } from './homes.js';
import { cpuSeconds } from './machine.js';
import { actsOf, metricsOf, type Shape } from './mould.js';

const BATCH = 500;

/** Which tables the raw loop fills: `reading` alone, or `measurement` too as ingest does. */
export type RawTables = 'reading' | 'measurement+reading';

const READING = {
  name: 'bench_reading',
  text: `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
    select patient_id, metric, to_timestamp(observed_ms / 1000), measurement_id, value, now()
    from unnest($1::int[], $2::text[], $3::float8[], $4::bigint[], $5::float8[]) as r (patient_id, metric, observed_ms, measurement_id, value)
    on conflict do nothing`,
};

const BOTH = {
  name: 'bench_both',
  text: `with act as materialized (
      select nextval('measurement_id_seq') as id, a.* from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::float8[]) with ordinality
        as a (device_id, patient_id, printed, values_key, observed_ms, place)
    ), measured as (
      insert into measurement (id, device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
        device_time, gateway_time, sent_at, received_at, from_memory, quality, client_id)
      overriding system value
      select id, device_id, 'pulse-oximetry', printed, '', values_key, patient_id, to_timestamp(observed_ms / 1000), 'device', 1, printed,
        to_timestamp(observed_ms / 1000), to_timestamp(observed_ms / 1000), now(), false, 'ok', 'raw' from act
      on conflict (device_id, printed, kind, occurrence, values_key) do nothing returning id
    )
    insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
    select a.patient_id, v.metric, to_timestamp(a.observed_ms / 1000), a.id, v.value, now()
    from unnest($6::int[], $7::text[], $8::float8[]) as v (place, metric, value) join act a on a.place = v.place join measured m on m.id = a.id`,
};

/** Where raw ids begin, far from the service's. */
let nextMeasurementId = 1_000_000_000;
const HOMES_FROM = 1_000_000;

/** As many homes that only the raw loop knows: what it wrote into the service's own would stand in the windows that the service looks through. */
export const homesOfRaw = (homes: readonly Home[]): readonly Home[] =>
  homes.map((home) => ({ ...home, deviceId: HOMES_FROM + home.deviceId, patientId: HOMES_FROM + home.patientId }));

let nextTurn = 0;
const lastMs = new Map<number, number>();

/**
 * The best a program could do that only inserts: batches of 500 rows by unnest, a prepared statement, arrays written as text, one batch
 * after the other on each connection, the rows the load would have become.
 */
export async function insertRaw(url: string, homes: readonly Home[], what: RawWork): Promise<Raw> {
  const clients = await Promise.all(Array.from({ length: what.connections }, () => connect(url)));
  try {
    const pids = await Promise.all(clients.map(readPid));
    const usedSeconds = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const usedBefore = usedSeconds();
    let left = what.rows;
    const startedMs = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (left > 0) {
          const acts = nextActs(homes, what.shapes, Math.min(BATCH, left));
          left -= countRows(acts);
          await (what.tables === 'reading' ? insertReadings(client, acts) : insertBoth(client, acts));
        }
      }),
    );
    const rows = what.rows - left;
    return { perSec: rows / ((performance.now() - startedMs) / 1000), databaseUs: ((usedSeconds() - usedBefore) / rows) * 1e6 };
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** What the raw loop inserts. */
export interface RawWork {
  readonly rows: number;
  readonly connections: number;
  /** Dealt out to the homes in turn, as the load's are. */
  readonly shapes: readonly Shape[];
  readonly tables: RawTables;
}

/** How fast it was: rows a second, and the server's processor time for each. */
export interface Raw {
  readonly perSec: number;
  readonly databaseUs: number;
}

async function readPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

interface Act {
  readonly home: Home;
  readonly atMs: number;
  readonly id: number;
  readonly metrics: readonly string[];
}

const countRows = (acts: readonly Act[]): number => acts.reduce((sum, { metrics }) => sum + metrics.length, 0);

/** Acts home after home, each home's times rising, as the load's are: so many that their rows are at least so many. */
function nextActs(homes: readonly Home[], shapes: readonly Shape[], rowsMin: number): Act[] {
  const acts: Act[] = [];
  for (let rows = 0; rows < rowsMin;) {
    const turn = nextTurn++;
    const home = homes[turn % homes.length];
    const shape = shapes[(turn % homes.length) % shapes.length];
    if (home === undefined || shape === undefined) throw new Error('no homes');
    const metrics = metricsOf(shape);
    const count = actsOf(shape);
    const firstMs = Math.max(Date.now() - count + 1, (lastMs.get(home.deviceId) ?? 0) + 1);
    lastMs.set(home.deviceId, firstMs + count - 1);
    for (let at = 0; at < count; at++) acts.push({ home, atMs: firstMs + at, id: nextMeasurementId++, metrics });
    rows += count * metrics.length;
  }
  return acts;
}

const VALUES: Readonly<Record<string, number>> = { spo2: 95, pulse: 74, systolic: 128, diastolic: 79, weight: 81.4 };
const array = (values: readonly (string | number)[]): string => `{${values.join(',')}}`;

async function insertReadings(client: pg.Client, acts: readonly Act[]): Promise<void> {
  const rows = acts.flatMap((act) => act.metrics.map((metric) => ({ act, metric })));
  const values = [
    array(rows.map(({ act }) => act.home.patientId)),
    array(rows.map(({ metric }) => metric)),
    array(rows.map(({ act }) => act.atMs)),
    array(rows.map(({ act }) => act.id)),
    array(rows.map(({ metric }) => VALUES[metric] ?? 0)),
  ];
  await client.query({ ...READING, values });
}

async function insertBoth(client: pg.Client, acts: readonly Act[]): Promise<void> {
  const flat = acts.flatMap(({ metrics }, at) => metrics.map((metric) => ({ place: at + 1, metric })));
  const values = [
    array(acts.map(({ home }) => home.deviceId)),
    array(acts.map(({ home }) => home.patientId)),
    array(acts.map(({ atMs, id }) => `"raw ${new Date(atMs).toISOString()} ${id}"`)),
    array(acts.map(() => '"spo2=95"')),
    array(acts.map(({ atMs }) => atMs)),
    array(flat.map(({ place }) => place)),
    array(flat.map(({ metric }) => metric)),
    array(flat.map(({ metric }) => VALUES[metric] ?? 0)),
  ];
  await client.query({ ...BOTH, values });
}
