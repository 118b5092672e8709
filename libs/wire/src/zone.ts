import { isZone, offsetMsAt } from '@varde/vitals';

/** A time zone that the runtime does not know: a fault of configuration, to be caught with `isZone` where it is entered. */
export class UnknownZone extends Error {
  override readonly name = 'UnknownZone';
}

/**
 * The instants at which a zone's walls showed a time: one, two in the hour that comes twice in autumn (earlier first). For a time in the hour that
 * is left out in spring, one: the clock was not moved forward, so the offset from before the change counts.
 * @param wallMs the wall reading as if it were UTC, epoch ms
 * @throws UnknownZone
 */
export function instantsOfWall(zone: string, wallMs: number): readonly [number] | readonly [number, number] {
  if (!isZone(zone)) throw new UnknownZone(`no such time zone: ${zone}`);
  const before = offsetMsAt(zone, wallMs - 86_400_000);
  const after = offsetMsAt(zone, wallMs + 86_400_000);
  const one = wallMs - before;
  if (before === after) return [one];
  const other = wallMs - after;
  const isOne = offsetMsAt(zone, one) === before;
  const isOther = offsetMsAt(zone, other) === after;
  if (isOne && isOther) return [Math.min(one, other), Math.max(one, other)];
  return isOther ? [other] : [one];
}
