export {
  formatTopic,
  isTopicSegment,
  parseTopic,
  type DeviceStatusTopic,
  type GatewayTopic,
  type MeasurementTopic,
  type Topic,
} from './topic.js';
export type {
  Absent,
  AbsentReason,
  Decoded,
  Device,
  DeviceClock,
  DeviceIdKind,
  GatewayClock,
  Measurement,
  Message,
  Quality,
  RawFrame,
  Value,
} from './message.js';
export { REFUSALS, type MessageRefusal, type Refusal, type RefusalEntry, type RefusalReason } from './refusal.js';
export { decodeAck, encodeAck, type Ack, type AckResult, type AckStatus } from './ack.js';
export { PAYLOAD_BYTES_MAX, READINGS_MAX, decode } from './decode.js';
export { deviceIdentity } from './envelope.js';
export { withoutIdentity } from './identity.js';
export {
  TIME_RULE_VERSION,
  effectiveTime,
  gatewayOffset,
  type EffectiveTime,
  type TimeEvidence,
  type TimeQuality,
  type TimeReason,
} from './effective-time.js';
export { WITHOUT_CLOCK_WINDOW_MS, measurementKey, sameWithoutClock, type Heard, type MeasurementKey } from './measurement-key.js';
export { UnknownZone, instantsOfWall, isZone, zoneOffsetMs } from './zone.js';
