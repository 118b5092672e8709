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
