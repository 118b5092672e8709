import type { DeviceFacts, DeviceState, GatewayState, NewMeasurement, NewRefused, RegisteredDevice } from '@varde/store';
import { doubtedFor, TIME_UNKNOWN } from '@varde/vitals';
import {
  EARLIEST_MS,
  FROM_MEMORY,
  FUTURE_MAX_MS,
  isOfStream,
  measurementKey,
  readAsModel,
  sequenceAndSlot,
  WITHOUT_CLOCK_WINDOW_MS,
  type ClocksAhead,
  type DeviceStatus,
  type GatewayStatus,
  type Measurement,
  type Message,
  type RefusalReason,
  type Value,
} from '@varde/wire';
import { boundedKey } from '../bounded-key.js';
import { bindAct, earliestOf, unknownSender, type Bound } from './bind.js';
import type { Delivery } from './delivery.js';
import type { GatewayTiming } from './gateway-clocks.js';
import type { Received } from './read-delivery.js';
import { refusedActs, refusedMessage, type RefusedAct } from './refused-rows.js';

/** An act as it will be kept, and as it was decoded. */
export interface JudgedAct {
  readonly row: NewMeasurement;
  readonly measurement: Measurement;
  readonly gateway: string;
  /** As what it is kept when another act with its key turns out to be of another time; null: its key tells it apart. See `tellRestartsApart`. */
  readonly ifRestarted: JudgedAct | null;
}

/** What a delivery comes to once it is known who it is about. */
export interface Judged {
  readonly received: Received;
  readonly acts: readonly JudgedAct[];
  readonly refused: readonly NewRefused[];
  readonly device: DeviceState | null;
  readonly gateway: GatewayState | null;
}

/** Hears of a fault of ours in one act of a message: that act is kept as refused, and the others are judged. */
export type OnBroken = (error: unknown) => void;

/** What is said of something in whose judging the program itself failed. */
export const BROKEN_DETAIL = 'a fault of the program: it could not be judged';

/**
 * Judges one delivery against what is known of its device: pure. Nothing of it is lost: every act ends up among the acts or among the refused.
 * @param gateway see GatewayClocks
 */
export function judge(received: Received, facts: DeviceFacts, gateway: GatewayTiming, onBroken: OnBroken): Judged {
  const { content } = received;
  switch (content.kind) {
    case 'refused':
      return whollyRefused(received, facts, content.refusal.reason, content.refusal.detail);
    case 'nothing':
      return { received, acts: [], refused: [], device: null, gateway: null };
    case 'gateway':
      return judgeGateway(received, facts, content.status);
    case 'device':
      return judgeDevice(received, facts, content.status);
    case 'readings':
      return judgeReadings(received, facts, { said: content.message, gateway, onBroken });
  }
}

/** A delivery of which nothing can be used. */
export function whollyRefused(received: Received, facts: DeviceFacts | null, reason: RefusalReason, detail: string): Judged {
  return { received, acts: [], refused: [refusedMessage(received, facts, reason, detail)], device: null, gateway: null };
}

function judgeGateway(received: Received, facts: DeviceFacts, status: GatewayStatus): Judged {
  if (facts.communityId === null || !facts.isGatewayKnown) return whollyRefused(received, facts, 'unknown-device', 'no such gateway');
  const { at, fw, clock, bufferedMessages } = status;
  const gateway: GatewayState = {
    communityId: facts.communityId,
    clientId: received.delivery.clientId,
    isOnline: status.state === 'online',
    status: jsonOf({ at, fw, clock, bufferedMessages }),
    atMs: received.delivery.receivedAt.getTime(),
  };
  return { received, acts: [], refused: [], device: null, gateway };
}

function judgeDevice(received: Received, facts: DeviceFacts, status: DeviceStatus): Judged {
  const unknown = unknownSender(facts);
  if (unknown !== null || facts.device === null) return whollyRefused(received, facts, 'unknown-device', unknown ?? '');
  const device = {
    deviceId: facts.device.id,
    batteryPercent: percent(status.batteryPercent),
    errors: status.errors,
    ...(isOld(received) ? timesOfOld(status, received.delivery) : timesOfNew(status, received.delivery)),
  };
  return { received, acts: [], refused: [], device, gateway: null };
}

type StatusTimes = Pick<DeviceState, 'atMs' | 'contactAtMs'>;

/** Whether it was said at another time than it came, as far as is known: what is processed again may have been kept by a broker. */
const isOld = ({ delivery, isAgain }: Received): boolean => isAgain || delivery.isOld === true;

/**
 * By its gateway's clock, for ours knows nothing of it: reckoned from now a device that has been silent for weeks would be in contact at every
 * connection to the broker. By a clock that cannot be right nothing is known of the contact, and what was there stays.
 */
function timesOfOld({ at, lastContact }: DeviceStatus, { receivedAt }: Delivery): StatusTimes {
  const receivedAtMs = receivedAt.getTime();
  const [saidMs, contactMs] = [at?.getTime() ?? receivedAtMs, lastContact?.getTime() ?? null];
  const isPossible = (atMs: number): boolean => atMs >= EARLIEST_MS && atMs <= receivedAtMs + FUTURE_MAX_MS;
  const isContactKnown = contactMs !== null && isPossible(contactMs) && isPossible(saidMs);
  return {
    atMs: isPossible(saidMs) ? Math.min(saidMs, receivedAtMs) : receivedAtMs,
    contactAtMs: isContactKnown ? Math.min(contactMs, saidMs, receivedAtMs) : null,
  };
}

/** By our clock: how long ago it was is what a gateway knows whose own clock is years off (devices/README 5.5 rule 1). */
function timesOfNew({ at, lastContact }: DeviceStatus, { receivedAt }: Delivery): StatusTimes {
  const receivedAtMs = receivedAt.getTime();
  if (lastContact === null) return { atMs: receivedAtMs, contactAtMs: null };
  const agoMs = (at?.getTime() ?? receivedAtMs) - lastContact.getTime();
  return { atMs: receivedAtMs, contactAtMs: receivedAtMs - Math.max(0, agoMs) };
}

interface Said {
  readonly said: Message;
  readonly gateway: GatewayTiming;
  readonly onBroken: OnBroken;
}

function judgeReadings(received: Received, facts: DeviceFacts, { said, gateway, onBroken }: Said): Judged {
  const unknown = unknownSender(facts);
  if (unknown !== null || facts.device === null) return whollyRefused(received, facts, 'unknown-device', unknown ?? '');
  const { device } = facts;
  const message = readAsModel(said, received.delivery.topic, received.delivery.payload, device.model);
  const told = new Map(message.measurements.map((act) => [act.index, judgeOne(received, message, { act, device, gateway }, onBroken)]));
  const acts = [...told.values()].flatMap(({ kept }) => kept ?? []);
  const refused: RefusedAct[] = message.refused.map((refusal) => {
    const { act, bound } = told.get(refusal.index) ?? { act: null, bound: null };
    return { refusal, measurement: act, bound };
  });
  for (const { act, bound, whyNot } of told.values()) {
    if (whyNot === null) continue;
    refused.push({ refusal: { index: act.index, ...whyNot, metric: null, value: null, otherwise: null }, measurement: act, bound });
  }
  if (acts.length + refused.length === 0) return whollyRefused(received, facts, 'no-value', 'nothing was measured');
  return { received, acts, refused: refusedActs(received, facts, refused), device: batteryNews(received, message, device), gateway: null };
}

/** What one act of a message comes to: kept, refused as a whole, or neither where it has no value to keep. */
interface Told {
  readonly act: Measurement;
  readonly bound: Bound | null;
  readonly kept: JudgedAct | null;
  readonly whyNot: { readonly reason: RefusalReason; readonly detail: string } | null;
}

function judgeOne(received: Received, message: Message, heard: Omit<BoundAct, 'bound'>, onBroken: OnBroken): Told {
  const { act, device, gateway } = heard;
  try {
    const bound = bindAct(act, message, device, { receivedAt: received.delivery.receivedAt, gatewayOffsetMs: gateway.offsetMs });
    if (act.values.length === 0 && act.answers === null) return { act, bound, kept: null, whyNot: null };
    if (bound.ok) return { act, bound, kept: judgedAct(received, message, { act, bound, device, gateway }), whyNot: null };
    return { act, bound, kept: null, whyNot: { reason: bound.reason, detail: bound.detail } };
  } catch (error) {
    onBroken(error);
    return { act, bound: null, kept: null, whyNot: { reason: 'decode', detail: BROKEN_DETAIL } };
  }
}

const percent = (value: number | null): number | null => (value === null ? null : Math.round(value));

/** Only a battery that changed is worth a write. */
function batteryNews(received: Received, message: Message, device: RegisteredDevice): DeviceState | null {
  const batteryPercent = percent(message.device.batteryPercent);
  if (received.isAgain || batteryPercent === null || batteryPercent === device.batteryPercent) return null;
  return { deviceId: device.id, batteryPercent, errors: null, contactAtMs: null, atMs: received.delivery.receivedAt.getTime() };
}

interface BoundAct {
  readonly act: Measurement;
  readonly bound: Extract<Bound, { ok: true }>;
  readonly device: RegisteredDevice;
  readonly gateway: GatewayTiming;
}

function judgedAct(received: Received, message: Message, boundAct: BoundAct): JudgedAct {
  const { act } = boundAct;
  const judged = { row: rowOf(received, message, boundAct), measurement: act, gateway: received.delivery.clientId, ifRestarted: null };
  // One without a usable printed time has a key that no restart gives twice.
  const isUndated = judged.row.printed.startsWith(UNDATED);
  return !isUndated && mayHaveRestarted(boundAct) ? { ...judged, ifRestarted: ifRestarted(judged) } : judged;
}

/** Whether a live act prints a time from before its device was there, though its clock could otherwise be one that goes. */
function mayHaveRestarted({ act, bound, device }: BoundAct): boolean {
  const { observedAt, clockShiftMs } = bound.time;
  return !act.stored && clockShiftMs !== null && observedAt.getTime() - clockShiftMs < earliestOf(device).getTime();
}

/** The act by when its gateway had it, as one whose device says that its clock was never set, and doubted: it may be memory that came again. */
function ifRestarted({ row, measurement: printed, gateway }: JudgedAct): JudgedAct {
  const measurement = { ...printed, clockNotSet: true };
  const readings = row.readings.map((reading) => ({ ...reading, doubt: doubtedFor(reading.doubt, 'clock') }));
  return { row: { ...row, ...keyOf(measurement), readings }, measurement, gateway, ifRestarted: null };
}

/** The table asks again for a reading whose time is in doubt or lies before the patient was followed. One that has no time says so before all else. */
function doubtOf({ doubt }: Value, { time, isBeforeEnrolment }: BoundAct['bound']): string | null {
  if (time.timeQuality === 'received-late') return TIME_UNKNOWN;
  if (time.timeQuality === 'doubtful') return doubtedFor(doubt, 'clock');
  return isBeforeEnrolment ? doubtedFor(doubt, 'before-enrolment') : doubt;
}

function rowOf(received: Received, message: Message, boundAct: BoundAct): NewMeasurement {
  const { act, bound, device, gateway } = boundAct;
  const { time, patientId } = bound;
  return {
    deviceId: device.id,
    kind: act.kind,
    ...keyOf(act),
    patientId,
    observedAtMs: time.observedAt.getTime(),
    timeQuality: time.timeQuality,
    timeRuleVersion: time.ruleVersion,
    deviceTime: act.deviceTime,
    gatewayTimeMs: act.gatewayTime.getTime(),
    sentAtMs: message.sentAt.getTime(),
    receivedAtMs: received.delivery.receivedAt.getTime(),
    fromMemory: act.stored,
    quality: act.quality,
    clientId: received.delivery.clientId,
    // What is processed again tells of clocks as they were.
    detail: detailOf(act, { ...timedBy(message, boundAct), ...(!received.isAgain && clocksOf(bound.ahead, gateway.behindMs)) }),
    readings: act.values.map((each) => ({ metric: each.metric, value: each.value, doubt: doubtOf(each, bound) })),
    answers: act.answers === null ? null : { ...act.answers, items: jsonOf(act.answers.items) },
  };
}

function keyOf(act: Measurement): Pick<NewMeasurement, 'printed' | 'occurrence' | 'valuesKey' | 'nearby' | 'canConflict'> {
  const { printed, occurrence, values } = measurementKey(act);
  const isUndated = printed.startsWith(UNDATED);
  const isStream = isOfStream(act);
  return {
    printed,
    occurrence: boundedKey(occurrence),
    valuesKey: boundedKey(values),
    // The key of a stream is that of every copy, and no other act is a copy of it.
    nearby: isUndated && !isStream ? nearbyOf(act) : null,
    // Read otherwise, the frame of a record without a time is still the same record.
    canConflict: !isUndated && !isStream && printed !== FROM_MEMORY,
  };
}

/** How the `printed` of an act without a usable device time begins (measurementKey). */
const UNDATED = 'gateway:';

function nearbyOf(act: Measurement): NewMeasurement['nearby'] {
  const at = (shiftMs: number): string => `${UNDATED}${new Date(act.gatewayTime.getTime() + shiftMs).toISOString()}`;
  return {
    printedFrom: at(-WITHOUT_CLOCK_WINDOW_MS),
    printedTo: at(WITHOUT_CLOCK_WINDOW_MS),
    occurrenceStart: `${sequenceAndSlot(act)}/`,
    isAdvert: act.raw?.format === 'advert',
  };
}

/**
 * By what the act was timed, beside its own columns: its time can be derived again under another rule (devices/README 5.5 rule 6). The gateway's
 * running difference only where it was used: that of the message itself is in the columns.
 */
function timedBy({ device, gatewayClock }: Message, { bound, gateway }: BoundAct): object {
  const { reading = null, readAt = null, setByGateway = false, notSet = false } = device.clock ?? {};
  const pair = {
    ...(setByGateway && { setByGateway }),
    ...(notSet && { notSet }),
    ...(reading !== null && { reading }),
    ...(readAt !== null && { readAt }),
  };
  const synced = gatewayClock?.synced ?? null;
  return {
    ...(!isEmpty(pair) && { clockPair: pair }),
    ...(synced !== null && { gatewaySynced: synced }),
    ...(bound.time.gatewayCorrected && gateway.offsetMs !== null && { gatewayOffsetMs: gateway.offsetMs }),
  };
}

/** What the act shows of the clocks it was timed by, where one must be set. */
function clocksOf(ahead: ClocksAhead, gatewayBehindMs: number | null): object {
  const isAhead = ahead.deviceMs !== null || ahead.gatewayMs !== null;
  return { ...(isAhead && { clocksAhead: ahead }), ...(gatewayBehindMs !== null && { gatewayBehindMs }) };
}

/** What only describes the act; null when there is nothing, which is the rule. */
function detailOf(act: Measurement, clocks: object): string | null {
  const { flags, context, absent, raw, clockNotSet } = act;
  const isConverted = ({ unit, value, deliveredUnit, deliveredValue }: Value): boolean =>
    deliveredUnit !== unit || deliveredValue !== value;
  const isBare = flags.length === 0 && absent.length === 0 && raw === null && !clockNotSet && isEmpty(clocks) && isEmpty(context);
  if (isBare && !act.values.some(isConverted)) return null;
  const converted = act.values.filter(isConverted);
  return jsonOf({
    ...(flags.length > 0 && { flags }),
    ...(!isEmpty(context) && { context }),
    ...(absent.length > 0 && { absent }),
    ...(raw !== null && { raw }),
    ...(clockNotSet && { clockNotSet }),
    ...clocks,
    ...(converted.length > 0 && {
      delivered: converted.map(({ metric, deliveredValue, deliveredUnit }) => ({ metric, value: deliveredValue, unit: deliveredUnit })),
    }),
  });
}

function isEmpty(described: object): boolean {
  return Object.keys(described).length === 0;
}

/** JSON text that PostgreSQL takes: its `jsonb` has no zero character. */
function jsonOf(value: object): string {
  return JSON.stringify(value).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1');
}
