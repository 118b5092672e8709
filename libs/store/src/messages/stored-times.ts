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
