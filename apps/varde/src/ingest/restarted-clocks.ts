import { readPrintedAround, readStoredTimes, type ActTimes, type NewMeasurement, type PrintedAround } from '@varde/store';
import { parsePrintedTime, WITHOUT_CLOCK_WINDOW_MS } from '@varde/wire';
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
  if (twins.length === 0) return new Map();
  const around = await readPrintedAround(
    dataSource,
    twins.map(({ act }) => aroundOf(act.row)),
  );
  const isOfRestart = ({ act, other }: Twin, at: number): boolean => {
    const offMs = other.gatewayTimeMs - wallMs(act.row.printed);
    return !(around[at] ?? []).some(({ printed, gatewayTimeMs }) => Math.abs(gatewayTimeMs - wallMs(printed) - offMs) <= DRIFT_MS);
  };
  return new Map(twins.filter(isOfRestart).map(({ act, apart }) => [act, apart]));
}

const wallMs = (printed: string): number => parsePrintedTime(printed)?.wallMs ?? Number.NaN;

function aroundOf({ deviceId, printed }: NewMeasurement): PrintedAround {
  const at = (shiftMs: number): string => new Date(wallMs(printed) + shiftMs).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
  return { deviceId, before: at(-GOES_ON_MS), after: at(GOES_ON_MS) };
}
