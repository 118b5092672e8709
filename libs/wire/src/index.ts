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
  Answer,
  AnsweredBy,
  Answers,
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
export { ADVICE_KINDS, decodeAdvice, encodeAdvice, type Advice, type AdviceAnswer, type AdviceKind } from './advice.js';
export { decodeCommand, encodeCommand, type Command, type CommandKind } from './command.js';
export type { AskedItem, FindForm, Form, FormScore } from './form.js';
export { decode, readAsModel } from './decode.js';
export { withoutIdentity } from './identity.js';
export {
  FUTURE_MAX_MS,
  effectiveTime,
  gatewayOffset,
  type EffectiveTime,
  type GatewayOffset,
  type TimeEvidence,
  type TimeQuality,
  type TimeReason,
} from './effective-time.js';
export { clocksAhead, type ClocksAhead } from './clocks-ahead.js';
export {
  FROM_MEMORY,
  WITHOUT_CLOCK_WINDOW_MS,
  isOfStream,
  measurementKey,
  sameWithoutClock,
  sequenceAndSlot,
  wallMsOfKey,
  type Heard,
  type MeasurementKey,
} from './measurement-key.js';
export { instantsOfWall } from './zone.js';
export {
  encodeAnswers,
  encodeObs,
  encodeRaw,
  type OutgoingAnswers,
  type OutgoingDevice,
  type OutgoingEnvelope,
  type OutgoingFrame,
  type OutgoingGatewayClock,
  type OutgoingReading,
  type OutgoingValue,
} from './encode.js';
export {
  decodeStatus,
  encodeDeviceStatus,
  encodeGatewayStatus,
  type DecodedStatus,
  type DeviceStatus,
  type GatewayStatus,
} from './status.js';
export type { MedicalFloat, SpecialFloat } from './gatt/ieee11073.js';
export { hexOfBytes } from './gatt/bytes.js';
export { encodeBloodPressure, type BloodPressureFrame, type CuffPressureFrame, type CuffQuirk } from './gatt/blood-pressure.js';
export { encodeSpotCheck, type ContinuousFrame, type SpotCheckFrame } from './gatt/pulse-oximeter.js';
export { encodeWeight, type WeightFrame } from './gatt/weight.js';
export type { BodyCompositionFrame } from './gatt/body-composition.js';
export { TEMPERATURE_SITES, encodeTemperature, type TemperatureFrame } from './gatt/temperature.js';
export type { HeartRateFrame } from './gatt/heart-rate.js';
export type { Quirk } from './quirk.js';
export { EARLIEST_MS, formatWall, type PrintedTime } from './time-text.js';
