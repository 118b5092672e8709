import type { DeviceClock, GatewayClock, Measurement } from './message.js';
import { EARLIEST_MS, parsePrintedTime, type PrintedTime } from './time-text.js';
import { instantsOfWall } from './zone.js';

/** The version of the rule below; stored with every reading, so that a reading can be re-derived under a later one. */
const TIME_RULE_VERSION = 3;

/**
 * How far the time of a reading can be trusted, best first: `device` printed and right; `device-corrected` its clock was off by a known amount;
 * `zone-corrected` its clock stands in another zone, the gateway's time is used; `gateway` the gateway's time; `doubtful` a printed time nobody can
 * vouch for; `received-late` from memory with no usable time: show it, keep it out of rules that need the time.
 */
export type TimeQuality = 'device' | 'device-corrected' | 'zone-corrected' | 'gateway' | 'doubtful' | 'received-late';

/** Why that time. */
export type TimeReason =
  | 'printed'
  | 'clock-pair'
  | 'clock-set-between'
  | 'zone-error'
  | 'clock-off'
  | 'stored-without-pair'
  | 'gateway-not-set'
  | 'none-printed'
  | 'unreadable'
  | 'clock-not-set'
  | 'before-the-device'
  | 'in-the-future';

/** What is known when a message has arrived. */
export interface TimeEvidence {
  readonly measurement: Pick<Measurement, 'deviceTime' | 'gatewayTime' | 'stored' | 'clockNotSet'>;
  readonly deviceClock: DeviceClock | null;
  readonly gatewayClock: GatewayClock | null;
  readonly sentAt: Date;
  readonly receivedAt: Date;
  /** Running difference server minus `sentAt` of this gateway over live messages; null while none is known. See `gatewayOffset`. */
  readonly gatewayOffsetMs: number | null;
  /** IANA zone of the patient's home, or of the device's when nobody wears it. */
  readonly zone: string;
  /** No reading of the device can be older: its registration less what its memory may hold. Null when not known. */
  readonly deviceEarliest: Date | null;
}

/** When the act happened, as far as can be known. */
export interface EffectiveTime {
  /** Never after `receivedAt`. */
  readonly observedAt: Date;
  readonly timeQuality: TimeQuality;
  readonly reason: TimeReason;
  /** `observedAt` less the printed time read as UTC; null when none was readable. */
  readonly clockShiftMs: number | null;
  /** Whether the gateway's own times were shifted first. */
  readonly gatewayCorrected: boolean;
  readonly ruleVersion: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const QUARTER_MS = 15 * MINUTE_MS;
const GATEWAY_AHEAD_MAX_MS = 60 * SECOND_MS;
const LIVE_WITHIN_MS = 2 * MINUTE_MS;
/** Nothing is measured later than this after it was received: `late_data_policy` of the catalogue. */
export const FUTURE_MAX_MS = 5 * MINUTE_MS;
const ZONE_ERROR_MAX_MS = 14 * 60 * MINUTE_MS;

/** The gateway's clock as far as it needs correcting: what to add to its times, 0 when it is right. Rule 1. */
export function gatewayShiftMs(evidence: TimeEvidence): number {
  const aheadMs = evidence.sentAt.getTime() - evidence.receivedAt.getTime();
  const isNonsense = evidence.sentAt.getTime() < EARLIEST_MS || aheadMs > GATEWAY_AHEAD_MAX_MS;
  const synced = evidence.gatewayClock?.synced ?? null;
  const offsetMs = evidence.gatewayOffsetMs;
  const isKnownOff = synced !== true && offsetMs !== null && Math.abs(offsetMs) > GATEWAY_AHEAD_MAX_MS;
  if (synced !== false && !isNonsense && !isKnownOff) return 0;
  // Without a known offset this message's own will do: it was written on sending, so the time it waited in the gateway stays right.
  return offsetMs ?? -aheadMs;
}

/** A gateway's running offset, server minus `sentAt`, with what it takes to keep it running. */
export interface GatewayOffset {
  /** The least of this window and the one before it. */
  readonly offsetMs: number;
  /** The least of this window alone. */
  readonly windowLeastMs: number;
  /** When this window began, by our clock. */
  readonly windowFromMs: number;
}

const OFFSET_WINDOW_MS = 10 * MINUTE_MS;

/**
 * The gateway's running offset after one more live message: the least of the last windows, because delay only adds to it. One far from it starts
 * anew, because the clock was set; a clock that fell back by less is known when a whole window says so: before, it may as well be a backlog.
 * @param known the offset so far, or null
 */
export function gatewayOffset(known: GatewayOffset | null, sentAt: Date, receivedAt: Date): GatewayOffset {
  const nowMs = receivedAt.getTime();
  const offsetMs = nowMs - sentAt.getTime();
  const window = { windowLeastMs: offsetMs, windowFromMs: nowMs };
  if (known === null || Math.abs(offsetMs - known.offsetMs) > 60 * MINUTE_MS) return { offsetMs, ...window };
  const { windowLeastMs, windowFromMs } = known;
  if (nowMs - windowFromMs >= OFFSET_WINDOW_MS) return { offsetMs: Math.min(windowLeastMs, offsetMs), ...window };
  return { offsetMs: Math.min(known.offsetMs, offsetMs), windowLeastMs: Math.min(windowLeastMs, offsetMs), windowFromMs };
}

/** A time that was chosen, before it is finished. */
interface Choice {
  readonly atMs: number;
  readonly timeQuality: TimeQuality;
  readonly reason: TimeReason;
}

/** Rule 2, on a time that is corrected as far as it can be: whether it could be at all. */
function unusable(evidence: TimeEvidence, atMs: number): TimeReason | null {
  const earliestMs = Math.max(EARLIEST_MS, evidence.deviceEarliest?.getTime() ?? 0);
  if (atMs < earliestMs) return 'before-the-device';
  return atMs > evidence.receivedAt.getTime() + FUTURE_MAX_MS ? 'in-the-future' : null;
}

/** Rule 5. */
function byGateway(evidence: TimeEvidence, gatewayMs: number, reason: TimeReason): Choice {
  return { atMs: gatewayMs, timeQuality: evidence.measurement.stored ? 'received-late' : 'gateway', reason };
}

const instantMs = (time: PrintedTime): number => time.wallMs - (time.offsetMin ?? 0) * MINUTE_MS;

/** What to add to a printed time by the device's clock pair; null when there is no usable pair. */
function pairShiftMs(clock: DeviceClock | null, printed: PrintedTime, shiftMs: number): number | null {
  if (clock === null || clock.reading === null || clock.readAt === null) return null;
  const reading = parsePrintedTime(clock.reading);
  // One with and one without an offset cannot be held against each other.
  if (reading === null || (reading.offsetMin === null) !== (printed.offsetMin === null)) return null;
  const readMs = clock.readAt.getTime() + shiftMs;
  return readMs < EARLIEST_MS ? null : readMs - instantMs(reading);
}

/** Rule 3. */
function byPair(evidence: TimeEvidence, printed: PrintedTime, pairMs: number, gatewayMs: number): Choice {
  const atMs = instantMs(printed) + pairMs;
  const reason = unusable(evidence, atMs);
  if (reason !== null) return byGateway(evidence, gatewayMs, reason);
  if (evidence.deviceClock?.setByGateway === true) {
    if (evidence.measurement.stored) return { atMs, timeQuality: 'doubtful', reason: 'clock-set-between' };
    if (Math.abs(gatewayMs - atMs) > LIVE_WITHIN_MS) return byGateway(evidence, gatewayMs, 'clock-set-between');
  }
  const restMs = pairMs - Math.round(pairMs / QUARTER_MS) * QUARTER_MS;
  return { atMs, timeQuality: Math.abs(restMs) < MINUTE_MS ? 'device' : 'device-corrected', reason: 'clock-pair' };
}

/** A printed time as an instant: by its own offset, else in the home's zone; of two in autumn the one nearer the gateway's time. */
export function instantInZone(zone: string, printed: PrintedTime, gatewayMs: number): number {
  if (printed.offsetMin !== null) return instantMs(printed);
  const [first, second] = instantsOfWall(zone, printed.wallMs);
  if (second === undefined) return first;
  return Math.abs(second - gatewayMs) < Math.abs(first - gatewayMs) ? second : first;
}

/** How many quarters of an hour a clock is off when that is all that is wrong with it; 0 when it is not, or no zone is so far away. */
export function quartersOff(offMs: number): number {
  const quarters = Math.round(offMs / QUARTER_MS);
  const isZone = Math.abs(quarters * QUARTER_MS) <= ZONE_ERROR_MAX_MS && Math.abs(offMs - quarters * QUARTER_MS) <= LIVE_WITHIN_MS;
  return isZone ? quarters : 0;
}

/** Rule 4. Where the gateway's clock was not set yet (`isHeard` false) nothing tells a wait in the gateway from a device that is off. */
function byZone(evidence: TimeEvidence, printed: PrintedTime, gatewayMs: number, isHeard: boolean): Choice {
  const atMs = instantInZone(evidence.zone, printed, gatewayMs);
  const offMs = gatewayMs - atMs;
  const { stored } = evidence.measurement;
  if (stored || (!isHeard && Math.abs(offMs) > LIVE_WITHIN_MS)) {
    const reason = unusable(evidence, atMs);
    if (reason !== null) return byGateway(evidence, gatewayMs, reason);
    return { atMs, timeQuality: 'doubtful', reason: stored ? 'stored-without-pair' : 'gateway-not-set' };
  }
  if (Math.abs(offMs) <= LIVE_WITHIN_MS) return { atMs, timeQuality: 'device', reason: 'printed' };
  if (quartersOff(offMs) !== 0) return { atMs: gatewayMs, timeQuality: 'zone-corrected', reason: 'zone-error' };
  return byGateway(evidence, gatewayMs, unusable(evidence, atMs) ?? 'clock-off');
}

/** When the gateway heard the act, by its clock as far as that is corrected; null: by a clock that was not set, or set back while the act waited. */
export function heardMs({ measurement, receivedAt }: TimeEvidence, shiftMs: number): number | null {
  const atMs = measurement.gatewayTime.getTime() + shiftMs;
  return atMs < EARLIEST_MS || atMs > receivedAt.getTime() + FUTURE_MAX_MS ? null : Math.min(atMs, receivedAt.getTime());
}

function choose(evidence: TimeEvidence, printed: PrintedTime | null, shiftMs: number): Choice {
  const { measurement, deviceClock, receivedAt } = evidence;
  const heard = heardMs(evidence, shiftMs);
  const isHeard = heard !== null;
  const gatewayMs = heard ?? receivedAt.getTime();
  if (measurement.deviceTime === null) return byGateway(evidence, gatewayMs, 'none-printed');
  if (printed === null) return byGateway(evidence, gatewayMs, 'unreadable');
  if (measurement.clockNotSet || deviceClock?.notSet === true) return byGateway(evidence, gatewayMs, 'clock-not-set');
  const pairMs = pairShiftMs(deviceClock, printed, shiftMs);
  return pairMs === null ? byZone(evidence, printed, gatewayMs, isHeard) : byPair(evidence, printed, pairMs, gatewayMs);
}

/** `late_data_policy`: what was measured more than five minutes ahead by the gateway's time, where there is no other, was measured nobody knows when. */
function doubtAhead({ measurement, receivedAt }: TimeEvidence, choice: Choice, shiftMs: number): Choice {
  const isAhead = measurement.gatewayTime.getTime() + shiftMs > receivedAt.getTime() + FUTURE_MAX_MS;
  return isAhead && choice.timeQuality === 'gateway' ? { ...choice, timeQuality: 'doubtful', reason: 'in-the-future' } : choice;
}

/**
 * When an act of measuring happened: the rules of devices/README 5.5 as one pure function of what was stored with it, so that it can be
 * derived again when the zone or the clock pair becomes known. The printed text itself is never changed, and never corrected in the duplicate key.
 * @throws UnknownZone for a zone the runtime does not know
 */
export function effectiveTime(evidence: TimeEvidence): EffectiveTime {
  const { deviceTime } = evidence.measurement;
  const printed = deviceTime === null ? null : parsePrintedTime(deviceTime);
  const shiftMs = gatewayShiftMs(evidence);
  const { atMs, timeQuality, reason } = doubtAhead(evidence, choose(evidence, printed, shiftMs), shiftMs);
  const observedMs = Math.min(atMs, evidence.receivedAt.getTime());
  return {
    observedAt: new Date(observedMs),
    timeQuality,
    reason,
    clockShiftMs: printed === null ? null : observedMs - printed.wallMs,
    gatewayCorrected: shiftMs !== 0,
    ruleVersion: TIME_RULE_VERSION,
  };
}
