import { readStoredTimes, type ActTimes, type NewMeasurement } from '@varde/store';
import { WITHOUT_CLOCK_WINDOW_MS } from '@varde/wire';
import type { DataSource } from 'typeorm';
import type { Judged, JudgedAct } from './judge.js';

/**
 * Keeps acts apart that have one key because their device's clock restarts at the same moment, at a date that could be one, each time it is
 * switched on. Such a live act is not the one with its key that is known when it was both heard and measured at another time: the same 86 %
 * ten hours later is a reading, never a copy (devices/README 5.5 rule 2). What was heard at the same time came again; what by a pair of clocks was
 * measured at the same time is memory, uploaded again. What nothing tells from that is kept too, with a doubt.
 *
 * A query of its own, for those few acts only. Two processes that store both at once may still take the second for a copy.
 */
export async function tellRestartsApart(dataSource: DataSource, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const unsure = judged.flatMap(({ acts }) => acts.filter(({ ifRestarted }) => ifRestarted !== null));
  if (unsure.length === 0) return judged;
  const stored = await readStoredTimes(
    dataSource,
    unsure.map(({ row }) => row),
  );
  const known = new Map<string, ActTimes>();
  const apart = new Map<JudgedAct, JudgedAct>();
  for (const [at, act] of unsure.entries()) {
    const key = keyOf(act.row);
    const other = known.get(key) ?? stored[at] ?? act.row;
    known.set(key, other);
    if (act.ifRestarted !== null && isOfAnotherTime(act.row, other)) apart.set(act, act.ifRestarted);
  }
  return judged.map((each) => ({ ...each, acts: each.acts.map((act) => apart.get(act) ?? act) }));
}

function keyOf({ deviceId, printed, kind, occurrence, valuesKey }: NewMeasurement): string {
  return [deviceId, printed, kind, occurrence, valuesKey].join('\n');
}

function isOfAnotherTime(one: ActTimes, other: ActTimes): boolean {
  const isFar = (oneMs: number, otherMs: number): boolean => Math.abs(oneMs - otherMs) > WITHOUT_CLOCK_WINDOW_MS;
  return isFar(one.gatewayTimeMs, other.gatewayTimeMs) && isFar(one.observedAtMs, other.observedAtMs);
}
