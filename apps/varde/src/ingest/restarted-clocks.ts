import {
  readPrintedAround,
  readStoredTimes,
  type ActTimes,
  type NewMeasurement,
  type PrintedAndHeard,
  type PrintedAround,
} from '@varde/store';
import { formatWall, wallMsOfKey, WITHOUT_CLOCK_WINDOW_MS } from '@varde/wire';
import type { DataSource } from 'typeorm';
import type { Judged, JudgedAct } from './judge.js';

/** An act that has the key of another, of another time. */
interface Twin {
  readonly act: JudgedAct;
  readonly apart: JudgedAct;
  readonly other: ActTimes;
}

/**
 * Keeps acts apart that have one key because their device's clock restarts at the same moment, at a date that could be one, each time it is
 * switched on. Such a live act is not the one with its key that is known when it was both heard and measured at another time: the same 86 %
 * ten hours later is a reading, never a copy (devices/README 5.5 rule 2). What was heard at the same time came again; what by a pair of clocks was
 * measured at the same time is memory, uploaded again; and so is what a clock printed that goes on while the device is off, however many years it
 * is behind. What nothing tells from that is kept too, with a doubt.
 *
 * Queries of their own, for those few acts only. Two processes that store both at once may still take the second for a copy.
 */
export async function tellRestartsApart(dataSource: DataSource, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const unsure = judged.flatMap(({ acts }) => acts.filter(({ ifRestarted }) => ifRestarted !== null));
  if (unsure.length === 0) return judged;
  const stored = await readStoredTimes(
    dataSource,
    unsure.map(({ row }) => row),
  );
  const known = new Map<string, ActTimes>();
  const twins: Twin[] = [];
  for (const [at, act] of unsure.entries()) {
    const key = keyOf(act.row);
    const other = known.get(key) ?? stored[at] ?? act.row;
    known.set(key, other);
    if (act.ifRestarted !== null && isOfAnotherTime(act.row, other)) twins.push({ act, apart: act.ifRestarted, other });
  }
  const apart = await ofRestarts(dataSource, twins);
  return judged.map((each) => ({ ...each, acts: each.acts.map((act) => apart.get(act) ?? act) }));
}

function keyOf({ deviceId, printed, kind, occurrence, valuesKey }: NewMeasurement): string {
  return [deviceId, printed, kind, occurrence, valuesKey].join('\n');
}

function isOfAnotherTime(one: ActTimes, other: ActTimes): boolean {
  const isFar = (oneMs: number, otherMs: number): boolean => Math.abs(oneMs - otherMs) > WITHOUT_CLOCK_WINDOW_MS;
  return isFar(one.gatewayTimeMs, other.gatewayTimeMs) && isFar(one.observedAtMs, other.observedAtMs);
}

/** No device is left switched on for so long. A clock that has gone on for it does not begin anew each time. */
const GOES_ON_MS = 3 * 24 * 3_600_000;
/** What such a clock may be out by meanwhile. */
const DRIFT_MS = 3_600_000;

/** Those whose clock is not known to have gone on from long before the known act, or until long after it: by what they are kept. */
async function ofRestarts(dataSource: DataSource, twins: readonly Twin[]): Promise<ReadonlyMap<JudgedAct, JudgedAct>> {
  const dated = twins.flatMap(({ act, other }): Dated[] => {
    const wallMs = wallMsOfKey(act.row.printed);
    return wallMs === null ? [] : [{ act, wallMs, offMs: other.gatewayTimeMs - wallMs }];
  });
  const around = dated.length === 0 ? [] : await readPrintedAround(dataSource, dated.map(aroundOf));
  const goOn = new Set(dated.filter((each, at) => hasGoneOn(each, around[at] ?? [])).map(({ act }) => act));
  return new Map(twins.filter(({ act }) => !goOn.has(act)).map(({ act, apart }) => [act, apart]));
}

/** An act whose key is what its device's clock showed. */
interface Dated {
  readonly act: JudgedAct;
  readonly wallMs: number;
  /** How far that clock was behind when the known act was heard. */
  readonly offMs: number;
}

function hasGoneOn({ offMs }: Dated, around: readonly PrintedAndHeard[]): boolean {
  return around.some(({ printed, gatewayTimeMs }) => {
    const wallMs = wallMsOfKey(printed);
    return wallMs !== null && Math.abs(gatewayTimeMs - wallMs - offMs) <= DRIFT_MS;
  });
}

function aroundOf({ act, wallMs }: Dated): PrintedAround {
  return { deviceId: act.row.deviceId, before: formatWall(wallMs - GOES_ON_MS), after: formatWall(wallMs + GOES_ON_MS) };
}
