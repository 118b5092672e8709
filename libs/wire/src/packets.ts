import type { DeliveredAct } from './act.js';
import { worst } from './status-bits.js';

/** The two packets of a measurement follow each other at once. */
const APART_MAX_MS = 10_000;

/**
 * One act of two packets of one body composition (0x2A9C, bit 12), or null when they are two: an act is never split (devices/README 5.2), or its
 * halves would contradict each other.
 * @param next the frame right after `act` in its message
 */
export function joinPackets(act: DeliveredAct, next: DeliveredAct): DeliveredAct | null {
  if (!isOneMeasurement(act, next)) return null;
  const delivered = [...act.delivered];
  for (const value of next.delivered) {
    const same = delivered.find(({ type }) => type === value.type);
    if (same === undefined) delivered.push(value);
    else if (same.value !== value.value || same.unit !== value.unit) return null;
  }
  return {
    ...act,
    delivered,
    // What either packet has, the measurement has.
    absent: [...act.absent, ...next.absent].filter(
      ({ metric }, at, all) => !delivered.some(({ type }) => type === metric) && all.findIndex((each) => each.metric === metric) === at,
    ),
    stored: act.stored || next.stored,
    clockNotSet: act.clockNotSet || next.clockNotSet,
    quality: worst(act.quality, next.quality),
    flags: [...new Set([...act.flags, ...next.flags])],
    context: { ...next.context, ...act.context },
    raw: act.raw === null || next.raw === null ? act.raw : { ...act.raw, hex: act.raw.hex + next.raw.hex },
  };
}

function isOneMeasurement(act: DeliveredAct, next: DeliveredAct): boolean {
  const isPacket = ({ raw, flags }: DeliveredAct): boolean => raw?.characteristic === '2A9C' && flags.includes('multi-packet');
  return (
    isPacket(act) &&
    isPacket(next) &&
    next.index === act.index + 1 &&
    act.deviceTime === next.deviceTime &&
    act.userSlot === next.userSlot &&
    act.key === next.key &&
    Math.abs(next.gatewayTime.getTime() - act.gatewayTime.getTime()) <= APART_MAX_MS
  );
}
