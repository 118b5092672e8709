import type { Metric } from '@varde/vitals';

/** What of an act tells whether another speaks of the same moment. */
interface Moment {
  readonly deviceId: number;
  readonly kind: string;
  readonly printed: string;
  readonly occurrence: string;
  readonly valuesKey: string;
  readonly canConflict: boolean;
  /** Null: it has a printed time. */
  readonly nearby: object | null;
  readonly gatewayTimeMs: number;
  readonly patientId: number;
  readonly readings: readonly { readonly metric: Metric; readonly value: number }[];
}

/**
 * What a scale may tell of one weighing in two acts, by the weight and by the body composition characteristic: stored twice, the second would
 * confirm the first (`late_data_policy`: stored once).
 */
const TOLD_TWICE: ReadonlySet<Metric> = new Set<Metric>(['weight', 'height']);

function mayBeToldTwice(row: 'k' | 'v'): string {
  return `${row}.metric in (${[...TOLD_TWICE].map((metric) => `'${metric}'`).join(', ')})`;
}

/**
 * How far apart a gateway may have two tellings of one weighing from a scale without a clock: one connection brings both, and nobody steps down and
 * up again in so short a time.
 */
const ONE_WEIGHING_MS = 5_000;

/** Whether another act `o` without a printed time is of the moment of a row's, as SQL: its key says when the gateway had it (`measurementKey`). */
function isOfMoment(row: 'k' | 't'): string {
  const at = (sign: '-' | '+'): string =>
    `'gateway:' || to_char(${row}.gateway_time at time zone 'UTC' ${sign} interval '${ONE_WEIGHING_MS} ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return `starts_with(${row}.printed, 'gateway:') and o.printed between ${at('-')} and ${at('+')}`;
}

const TOLD_BY_ANOTHER = (isOfMoment: string): string => `exists (
      select from measurement o
      where o.device_id = k.device_id and ${isOfMoment} and o.kind <> k.kind and o.patient_id = k.patient_id
        and substring(k.values_key from '(?:^|;)(' || k.metric || '=[^;]*)') = any (string_to_array(o.values_key, ';')))`;

/**
 * Which values `k`, with the facts of their acts, no act of another kind has told of already, as SQL. By what was delivered, which the index that
 * makes acts unique holds: to look among readings would open every chunk for every batch. Asked of rows that are joined by then (`offset 0`):
 * as a condition of the join it makes the planner expect few, and compare each value with each act.
 * @param nearby also of acts without a printed time, for which `k` has the gateway's
 */
export function notToldBefore(nearby: boolean): string {
  const undated = nearby ? ` and not ${TOLD_BY_ANOTHER(isOfMoment('k'))}` : '';
  return `
    where not ${mayBeToldTwice('k')} or (not ${TOLD_BY_ANOTHER('o.printed = k.printed')}${undated})`;
}

/** Which values `v` are not kept already of another kind of act than the stored one `t`, as SQL: what that one was told, and could not use, is not. */
export const NOT_KEPT_ELSEWHERE = `not (${mayBeToldTwice('v')} and exists (
      select from measurement o
      join reading r on r.patient_id = o.patient_id and r.metric = v.metric and r.observed_at = o.observed_at and r.measurement_id = o.id
      where o.device_id = t.device_id and (o.printed = t.printed or (${isOfMoment('t')})) and o.kind <> t.kind and o.patient_id = t.patient_id and r.value = v.value))`;

/** The acts without the values that an act before them, of another kind, has told of the same moment (`TOLD_TWICE`). */
export function toldOnce<Act extends Moment>(acts: readonly Act[]): readonly Act[] {
  const told = new Map<string, { readonly kind: string; readonly atMs: number }[]>();
  return acts.map((act) => {
    const { deviceId, patientId, kind, readings } = act;
    const [printed, atMs] = act.nearby === null ? [act.printed, 0] : ['', act.gatewayTimeMs];
    const isNew = ({ metric, value }: Act['readings'][number]): boolean => {
      if (!TOLD_TWICE.has(metric)) return true;
      const key = `${deviceId}\n${printed}\n${patientId}\n${metric}\n${value}`;
      const before = told.get(key) ?? [];
      if (before.some((each) => each.kind !== kind && Math.abs(each.atMs - atMs) <= ONE_WEIGHING_MS)) return false;
      told.set(key, [...before, { kind, atMs }]);
      return true;
    };
    return readings.every(isNew) ? act : { ...act, readings: readings.filter(isNew) };
  });
}

/** Places of acts whose key another act of the batch has with other values. All are marked, the later ones doubted, as if each had come by itself. */
export function clashes(acts: readonly Moment[]): ReadonlyMap<number, 'first' | 'later'> {
  const clashing = new Map<number, 'first' | 'later'>();
  const first = new Map<string, number>();
  for (const [at, { deviceId, kind, printed, occurrence, valuesKey, canConflict }] of acts.entries()) {
    if (!canConflict) continue;
    const key = `${deviceId}\n${kind}\n${printed}\n${occurrence}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, at);
    else if (acts[before]?.valuesKey !== valuesKey) clashing.set(at, 'later').set(before, 'first');
  }
  return clashing;
}
