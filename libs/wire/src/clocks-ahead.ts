import { FUTURE_MAX_MS, gatewayShiftMs, heardMs, instantInZone, quartersOff, type TimeEvidence } from './effective-time.js';
import { EARLIEST_MS, parsePrintedTime, type PrintedTime } from './time-text.js';

/** Clocks that go more than five minutes ahead of ours, by how much; null: not so far ahead, or nothing shows it. */
export interface ClocksAhead {
  readonly deviceMs: number | null;
  readonly gatewayMs: number | null;
}

/** Less than two quarters off is a clock that is wrong, not one of another zone. */
const ZONE_QUARTERS_MIN = 2;

/**
 * Which clocks one act shows to be ahead (`late_data_policy`: "clock task"), whether or not its time could be corrected. A device on the time of
 * another zone, or still on summer time, is not: that is known to the minute and corrected.
 */
export function clocksAhead(evidence: TimeEvidence): ClocksAhead {
  const shiftMs = gatewayShiftMs(evidence);
  const tooMuch = (aheadMs: number): number | null => (aheadMs > FUTURE_MAX_MS ? aheadMs : null);
  return { deviceMs: tooMuch(deviceAheadMs(evidence, shiftMs)), gatewayMs: tooMuch(gatewayAheadMs(evidence, shiftMs)) };
}

/** Nothing is sent or heard after it was received; a wait only hides how far ahead the clock is. */
function gatewayAheadMs({ measurement, sentAt, receivedAt, gatewayOffsetMs }: TimeEvidence, shiftMs: number): number {
  const receivedMs = receivedAt.getTime();
  return Math.max(sentAt.getTime() - receivedMs, measurement.gatewayTime.getTime() + shiftMs - receivedMs, -(gatewayOffsetMs ?? 0));
}

const parsed = (text: string | null): PrintedTime | null => (text === null ? null : parsePrintedTime(text));

function deviceAheadMs(evidence: TimeEvidence, shiftMs: number): number {
  const { measurement, deviceClock, receivedAt, zone } = evidence;
  if (measurement.clockNotSet || deviceClock?.notSet === true) return 0;
  const receivedMs = receivedAt.getTime();
  const aheadOf = (shown: PrintedTime, ms: number): number => instantInZone(zone, shown, ms) - ms;
  // A gateway may be slow and nobody know it, but nothing right is shown later than it came.
  const least = (shown: PrintedTime, ms: number): number => Math.min(...[ms, receivedMs].map((each) => unlessZone(aheadOf(shown, each))));
  // A gateway that had to be corrected may have been set since: it is no measure for a device.
  const isSure = shiftMs === 0;
  const reading = parsed(deviceClock?.reading ?? null);
  const readMs = deviceClock?.readAt?.getTime() ?? 0;
  if (isSure && reading !== null && readMs >= EARLIEST_MS) return least(reading, readMs);
  const printed = parsed(measurement.deviceTime);
  if (printed === null) return 0;
  const heard = isSure ? heardMs(evidence, shiftMs) : receivedMs;
  // How long an act from memory waited nobody knows: only what is printed later than it came shows anything.
  if (heard === null || measurement.stored) return aheadOf(printed, receivedMs);
  return least(printed, heard);
}

function unlessZone(aheadMs: number): number {
  return Math.abs(quartersOff(aheadMs)) >= ZONE_QUARTERS_MIN ? 0 : aheadMs;
}
