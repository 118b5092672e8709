import type { DeviceFacts, RegisteredDevice, WearerPeriod } from '@varde/store';
import {
  clocksAhead,
  effectiveTime,
  type ClocksAhead,
  type EffectiveTime,
  type Measurement,
  type Message,
  type RefusalReason,
  type TimeEvidence,
  type TimeQuality,
} from '@varde/wire';

/** An act with the patient it belongs to, or why nobody can say. */
export type Bound =
  | {
      readonly ok: true;
      readonly patientId: number;
      readonly time: EffectiveTime;
      /** Measured before the patient followed any programme. */
      readonly isBeforeEnrolment: boolean;
      readonly ahead: ClocksAhead;
    }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string; readonly time: EffectiveTime };

/** When a message came, by which clocks. */
export interface Coming {
  readonly receivedAt: Date;
  readonly gatewayOffsetMs: number | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No memory of a home device reaches further back than this before somebody registered it. */
const MEMORY_MS = 366 * DAY_MS;
/** The zone of a device that nobody wears: that of most homes here. Such an act is parked anyway. */
const ZONE_OF_NOBODY = 'Europe/Oslo';

/** How near a change of wearer an act of such a time may not be. One from memory without a time may be the last wearer's. */
const DOUBT_MS: Readonly<Record<TimeQuality, number>> = {
  device: 0,
  'device-corrected': 0,
  'zone-corrected': 0,
  gateway: 0,
  doubtful: DAY_MS,
  'received-late': 2 * DAY_MS,
};

const isWorn = (wearer: WearerPeriod, atMs: number): boolean => wearer.fromMs <= atMs && (wearer.toMs === null || atMs < wearer.toMs);

/**
 * Finds whose an act is: the wearer at the time it happened, not when it arrived (devices/README 5.8). The time depends on the zone of the wearer's
 * home, so it is worked out again when the wearer found lives in another zone than the one assumed.
 */
export function bindAct(act: Measurement, message: Message, device: RegisteredDevice, coming: Coming): Bound {
  const evidenceIn = (zone: string): TimeEvidence => ({
    measurement: act,
    deviceClock: message.device.clock,
    gatewayClock: message.gatewayClock,
    sentAt: message.sentAt,
    receivedAt: coming.receivedAt,
    gatewayOffsetMs: coming.gatewayOffsetMs,
    zone,
    deviceEarliest: earliestOf(device),
  });
  const timeIn = (zone: string): EffectiveTime => effectiveTime(evidenceIn(zone));
  const assumed = zoneAssumed(device.wearers, coming.receivedAt.getTime());
  const first = wearerAt(device.wearers, timeIn(assumed), act.userSlot);
  if (!first.ok) return first;
  const { zone } = first.wearer;
  const found = zone === assumed ? first : wearerAt(device.wearers, timeIn(zone), act.userSlot);
  return found.ok ? boundOf(found, clocksAhead(evidenceIn(zone))) : found;
}

/** The oldest that the device's memory may hold. Whoever dates a wearer back vouches that the device was there then. */
export function earliestOf({ registeredAtMs, wearers }: RegisteredDevice): Date {
  return new Date(Math.min(registeredAtMs - MEMORY_MS, wearers[0]?.fromMs ?? registeredAtMs));
}

function zoneAssumed(wearers: readonly WearerPeriod[], receivedMs: number): string {
  return (wearers.find((wearer) => isWorn(wearer, receivedMs)) ?? wearers.at(-1))?.zone ?? ZONE_OF_NOBODY;
}

type Found =
  | { readonly ok: true; readonly wearer: WearerPeriod; readonly time: EffectiveTime }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string; readonly time: EffectiveTime };

function boundOf({ wearer, time }: Extract<Found, { ok: true }>, ahead: ClocksAhead): Bound {
  const isBeforeEnrolment = wearer.enrolledMs !== null && time.observedAt.getTime() < wearer.enrolledMs;
  return { ok: true, patientId: wearer.patientId, time, isBeforeEnrolment, ahead };
}

function wearerAt(wearers: readonly WearerPeriod[], time: EffectiveTime, userSlot: number | null): Found {
  const atMs = time.observedAt.getTime();
  const refuse = (reason: RefusalReason, detail: string): Found => ({ ok: false, reason, detail, time });
  const worn = wearers.filter((wearer) => isWorn(wearer, atMs));
  if (worn.length === 0) return refuse('no-wearer', wearers.length === 0 ? 'nobody has worn the device yet' : 'between or before wearers');
  const wearer = pickSlot(worn, userSlot);
  if (wearer === null)
    return refuse('no-wearer', userSlot === null ? 'a shared device, and no user slot was given' : `nobody has user slot ${userSlot}`);
  if (isNearChange(wearers, wearer, atMs, DOUBT_MS[time.timeQuality])) {
    return refuse('clock', `its time is ${time.timeQuality} (${time.reason}) and near a change of wearer`);
  }
  return { ok: true, wearer, time };
}

/** A device with slots belongs to whom the act's slot names; one without belongs to its only wearer whatever slot it prints. */
function pickSlot(worn: readonly WearerPeriod[], userSlot: number | null): WearerPeriod | null {
  const isShared = worn.some((wearer) => wearer.userSlot !== null);
  const candidates = isShared ? worn.filter((wearer) => wearer.userSlot !== null && wearer.userSlot === userSlot) : worn;
  const [only] = candidates;
  return candidates.length === 1 && only !== undefined ? only : null;
}

function isNearChange(wearers: readonly WearerPeriod[], own: WearerPeriod, atMs: number, marginMs: number): boolean {
  if (marginMs === 0) return false;
  const changes = wearers
    .filter((wearer) => wearer.patientId !== own.patientId || wearer === own)
    .flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  return changes.some((changeMs) => changeMs !== null && Math.abs(changeMs - atMs) < marginMs);
}

/** Why a whole message cannot be bound, or null when its device is known. */
export function unknownSender(facts: DeviceFacts): string | null {
  if (facts.communityId === null) return 'no such community';
  if (!facts.isGatewayKnown) return 'the gateway has no credential';
  return facts.device === null ? 'no such device in the community' : null;
}
