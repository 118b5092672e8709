import type { DataSource } from 'typeorm';
import { numberArray, textArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';
import type { DeviceName } from './device-facts.js';

/** A gateway as its messages name it. */
export type GatewayName = Pick<DeviceName, 'tenant' | 'clientId'>;

/** What is known of how far a gateway's clock is from ours. Times and differences in ms, times by our clock. */
export interface KeptClock {
  /** Since when it has been off by about the same, and by how much then. */
  readonly sinceMs: number;
  readonly sinceOffsetMs: number;
  /** The running offset and its window: see `GatewayOffset` of wire. */
  readonly offsetMs: number;
  readonly windowFromMs: number;
  readonly windowLeastMs: number;
}

const NAMES = { tenant: 'text', client_id: 'text' } as const;

const READ: Prepared = {
  name: 'varde_gateway_clocks',
  text: `
  select (extract(epoch from g.since_at) * 1000)::float8, g.since_offset_ms::float8, g.offset_ms::float8,
    (extract(epoch from g.window_from_at) * 1000)::float8, g.window_least_ms::float8
  from ${columns('k', 1, NAMES)}
  left join community c on c.code = k.tenant
  left join gateway_clock g on g.community_id = c.id and g.client_id = k.client_id
  order by k.place`,
};

/** What was kept of these gateways' clocks, in their order; null where nothing was. */
export async function readGatewayClocks(dataSource: DataSource, names: readonly GatewayName[]): Promise<readonly (KeptClock | null)[]> {
  const values = [textArray(names.map(({ tenant }) => tenant)), textArray(names.map(({ clientId }) => clientId))];
  const rows = (await runPrepared(dataSource, READ, values, names.length)) as unknown as (readonly (number | null)[])[];
  return rows.map(([sinceMs = null, sinceOffsetMs = 0, offsetMs = 0, windowFromMs = 0, windowLeastMs = 0]) =>
    sinceMs === null ? null : ({ sinceMs, sinceOffsetMs, offsetMs, windowFromMs, windowLeastMs } as KeptClock),
  );
}

// Another process may have heard the gateway later.
const SAVE: Prepared = {
  name: 'varde_keep_gateway_clocks',
  text: `
  insert into gateway_clock as g (community_id, client_id, since_at, since_offset_ms, offset_ms, window_from_at, window_least_ms, learnt_at)
  select c.id, k.client_id, to_timestamp(k.since_ms / 1000), k.since_offset_ms, k.offset_ms, to_timestamp(k.window_from_ms / 1000),
    k.window_least_ms, $8::timestamptz
  from ${columns('k', 1, {
    ...NAMES,
    since_ms: 'float8',
    since_offset_ms: 'float8',
    offset_ms: 'float8',
    window_from_ms: 'float8',
    window_least_ms: 'float8',
  })}
  join community c on c.code = k.tenant
  order by c.id, k.client_id
  on conflict (community_id, client_id) do update set since_at = excluded.since_at, since_offset_ms = excluded.since_offset_ms,
    offset_ms = excluded.offset_ms, window_from_at = excluded.window_from_at, window_least_ms = excluded.window_least_ms,
    learnt_at = excluded.learnt_at
    where g.learnt_at <= excluded.learnt_at`,
};

/** Keeps what is known of gateways' clocks, each once. */
export async function saveGatewayClocks(dataSource: DataSource, clocks: readonly (GatewayName & KeptClock)[], now: Date): Promise<void> {
  const numbers = (of: (clock: KeptClock) => number): string => numberArray(clocks.map(of));
  const values = [
    textArray(clocks.map(({ tenant }) => tenant)),
    textArray(clocks.map(({ clientId }) => clientId)),
    numbers(({ sinceMs }) => sinceMs),
    numbers(({ sinceOffsetMs }) => sinceOffsetMs),
    numbers(({ offsetMs }) => offsetMs),
    numbers(({ windowFromMs }) => windowFromMs),
    numbers(({ windowLeastMs }) => windowLeastMs),
    now,
  ];
  await runPrepared(dataSource, SAVE, values, clocks.length);
}
