import type { Metric } from '@varde/vitals';

/** What of an act tells whether another speaks of the same moment. */
interface Moment {
  readonly deviceId: number;
  readonly kind: string;
  readonly printed: string;
  readonly occurrence: string;
  readonly valuesKey: string;
  readonly canConflict: boolean;
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
 * Which values `k`, with the facts of their acts, no act of another kind has told of already, as SQL. By what was delivered, which the index that
 * makes acts unique holds: to look among readings would open every chunk for every batch. Asked of rows that are joined by then (`offset 0`):
 * as a condition of the join it makes the planner expect few, and compare each value with each act.
 */
export const NOT_TOLD_BEFORE = `
    where not ${mayBeToldTwice('k')} or not exists (
      select from measurement o
      where o.device_id = k.device_id and o.printed = k.printed and o.kind <> k.kind and o.patient_id = k.patient_id
        and substring(k.values_key from '(?:^|;)(' || k.metric || '=[^;]*)') = any (string_to_array(o.values_key, ';')))`;

/** Which values `v` are not kept already of another kind of act than the stored one `t`, as SQL: what that one was told, and could not use, is not. */
export const NOT_KEPT_ELSEWHERE = `not (${mayBeToldTwice('v')} and exists (
      select from measurement o
      join reading r on r.patient_id = o.patient_id and r.metric = v.metric and r.observed_at = o.observed_at and r.measurement_id = o.id
      where o.device_id = t.device_id and o.printed = t.printed and o.kind <> t.kind and o.patient_id = t.patient_id and r.value = v.value))`;

/** The acts without the values that an act before them, of another kind, has told of the same moment (`TOLD_TWICE`). */
export function toldOnce<Act extends Moment>(acts: readonly Act[]): readonly Act[] {
  const told = new Map<string, string>();
  return acts.map((act) => {
    const { deviceId, printed, patientId, kind, readings } = act;
    const isNew = ({ metric, value }: Act['readings'][number]): boolean => {
      if (!TOLD_TWICE.has(metric)) return true;
      const key = `${deviceId}\n${printed}\n${patientId}\n${metric}\n${value}`;
      const by = told.get(key) ?? kind;
      told.set(key, by);
      return by === kind;
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
