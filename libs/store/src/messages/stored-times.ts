import type { DataSource } from 'typeorm';
import { numberArray, textArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';
import type { NewMeasurement } from './ingest.js';

/** When an act was heard by its gateway, by that gateway's clock, and when it was measured. Epoch ms. */
export type ActTimes = Pick<NewMeasurement, 'gatewayTimeMs' | 'observedAtMs'>;

/** What makes two acts the same. */
export type ActKey = Pick<NewMeasurement, 'deviceId' | 'printed' | 'kind' | 'occurrence' | 'valuesKey'>;

const TIMES: Prepared = {
  name: 'varde_stored_times',
  text: `
  select (extract(epoch from m.gateway_time) * 1000)::float8, (extract(epoch from m.observed_at) * 1000)::float8
  from ${columns('k', 1, { device_id: 'int', printed: 'text', kind: 'text', occurrence: 'text', values_key: 'text' })}
  left join measurement m on m.device_id = k.device_id and m.printed = k.printed and m.kind = k.kind
    and m.occurrence = k.occurrence and m.values_key = k.values_key
  order by k.place`,
};

/** The times of the stored acts with these keys, in their order; null where none is stored. */
export async function readStoredTimes(dataSource: DataSource, keys: readonly ActKey[]): Promise<readonly (ActTimes | null)[]> {
  const texts = (of: (key: ActKey) => string): string => textArray(keys.map(of));
  const values = [
    numberArray(keys.map(({ deviceId }) => deviceId)),
    texts(({ printed }) => printed),
    texts(({ kind }) => kind),
    texts(({ occurrence }) => occurrence),
    texts(({ valuesKey }) => valuesKey),
  ];
  const rows = (await runPrepared(dataSource, TIMES, values, keys.length)) as [number | null, number | null][];
  return rows.map(([gatewayTimeMs, observedAtMs]) =>
    gatewayTimeMs === null || observedAtMs === null ? null : { gatewayTimeMs, observedAtMs },
  );
}

/** A moment that a device printed, as text, and how far from it others must lie. */
export interface PrintedAround {
  readonly deviceId: number;
  /** Live acts printed before the first and after the second of these are of use. */
  readonly before: string;
  readonly after: string;
}

/** What a device printed, and when its gateway heard it. */
export interface PrintedAndHeard {
  readonly printed: string;
  readonly gatewayTimeMs: number;
}

const EACH_WAY = 8;
const live = (where: string, order: string): string => `
    (select m.printed, m.gateway_time from measurement m
    where m.device_id = k.device_id and ${where} and m.printed < 'gateway:' and not m.from_memory order by m.printed ${order} limit ${EACH_WAY})`;

const AROUND: Prepared = {
  name: 'varde_printed_around',
  text: `
  select k.place::int, o.printed, (extract(epoch from o.gateway_time) * 1000)::float8
  from ${columns('k', 1, { device_id: 'int', before: 'text', after: 'text' })}
  cross join lateral (${live('m.printed < k.before', 'desc')} union all ${live('m.printed > k.after', '')}) o`,
};

/** For each of these the live acts of its device that were printed nearest to it and no nearer than asked, a few each way, in their order. */
export async function readPrintedAround(
  dataSource: DataSource,
  asked: readonly PrintedAround[],
): Promise<readonly (readonly PrintedAndHeard[])[]> {
  const values = [
    numberArray(asked.map(({ deviceId }) => deviceId)),
    textArray(asked.map(({ before }) => before)),
    textArray(asked.map(({ after }) => after)),
  ];
  const rows = (await runPrepared(dataSource, AROUND, values, asked.length)) as [number, string, number][];
  const found = asked.map((): PrintedAndHeard[] => []);
  for (const [place, printed, gatewayTimeMs] of rows) found[place - 1]?.push({ printed, gatewayTimeMs });
  return found;
}
