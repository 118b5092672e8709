import pg from 'pg';
import type { Home } from './homes.js';
import { READINGS_OF, type Shape } from './mould.js';

const BATCH = 500;
const METRICS = ['spo2', 'pulse'];

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
let lastMs = 0;

/**
 * The best a program could do that only inserts: batches of 500 rows by unnest, a prepared statement, arrays written as text, one batch
 * after the other on each connection, the rows the load would have become. Answers rows a second.
 */
export async function insertRaw(url: string, homes: readonly Home[], what: RawWork): Promise<number> {
  const clients = await Promise.all(Array.from({ length: what.connections }, () => connect(url)));
  try {
    let left = what.rows;
    const startedMs = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (left > 0) {
          const rows = Math.min(BATCH, left);
          left -= rows;
          const acts = actsOf(homes, Math.ceil(rows / READINGS_OF[what.shape]));
          await (what.tables === 'reading' ? insertReadings(client, acts, what.shape) : insertBoth(client, acts, what.shape));
        }
      }),
    );
    return what.rows / ((performance.now() - startedMs) / 1000);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** What the raw loop inserts. */
export interface RawWork {
  readonly rows: number;
  readonly connections: number;
  readonly shape: Shape;
  readonly tables: RawTables;
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
}

/** Acts home after home, each home's times rising, as the load's are. */
function actsOf(homes: readonly Home[], count: number): Act[] {
  return Array.from({ length: count }, () => {
    const id = nextMeasurementId++;
    const home = homes[id % homes.length];
    if (home === undefined) throw new Error('no homes');
    if (id % homes.length === 0) lastMs = Math.max(Date.now(), lastMs + 1);
    return { home, atMs: lastMs === 0 ? Date.now() : lastMs, id };
  });
}

const VALUES = [95, 74];
const array = (values: readonly (string | number)[]): string => `{${values.join(',')}}`;

async function insertReadings(client: pg.Client, acts: readonly Act[], shape: Shape): Promise<void> {
  const metrics = METRICS.slice(0, READINGS_OF[shape]);
  const rows = acts.flatMap((act) => metrics.map((metric, at) => ({ act, metric, value: VALUES[at] ?? 0 })));
  const values = [
    array(rows.map(({ act }) => act.home.patientId)),
    array(rows.map(({ metric }) => metric)),
    array(rows.map(({ act }) => act.atMs)),
    array(rows.map(({ act }) => act.id)),
    array(rows.map(({ value }) => value)),
  ];
  await client.query({ ...READING, values });
}

async function insertBoth(client: pg.Client, acts: readonly Act[], shape: Shape): Promise<void> {
  const metrics = METRICS.slice(0, READINGS_OF[shape]);
  const flat = acts.flatMap((_, at) => metrics.map((metric, index) => ({ place: at + 1, metric, value: VALUES[index] ?? 0 })));
  const values = [
    array(acts.map(({ home }) => home.deviceId)),
    array(acts.map(({ home }) => home.patientId)),
    array(acts.map(({ atMs, id }) => `"raw ${new Date(atMs).toISOString()} ${id}"`)),
    array(acts.map(() => '"spo2=95"')),
    array(acts.map(({ atMs }) => atMs)),
    array(flat.map(({ place }) => place)),
    array(flat.map(({ metric }) => metric)),
    array(flat.map(({ value }) => value)),
  ];
  await client.query({ ...BOTH, values });
}
