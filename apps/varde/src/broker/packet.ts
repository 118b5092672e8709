import type { RefusalReason } from './refusal.js';
import { areWildcardsInPlace, hasWildcard, isTextAllowed, topicLevels } from './text.js';

/** Packet kinds of MQTT 3.1.1, table 2.1, as far as a client sends them. */
export const KIND = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** What the first bytes of a packet say: where its body starts and how long it is; or that more bytes are needed; or a fault. */
export type Header =
  | { state: 'complete'; kind: number; flags: number; bodyAt: number; bodyBytes: number }
  | { state: 'short' }
  | { state: 'fault'; reason: RefusalReason };

const SHORT: Header = { state: 'short' };
const fault = (reason: RefusalReason): Header => ({ state: 'fault', reason });

// The fixed flags of each kind (table 2.2); undefined: a client never sends it; null: free.
const FLAGS = [undefined, 0, undefined, null, 0, 0, 2, 0, 2, undefined, 2, undefined, 0, undefined, 0, undefined];

/**
 * Reads the fixed header at an offset of a buffer. Faults: reserved flags [MQTT-2.2.2-2], a kind only servers send, QoS 3
 * [MQTT-3.3.1-4], DUP without QoS [MQTT-3.3.1-2], a remaining length of more than four bytes (2.2.3).
 */
export function readHeader(bytes: Uint8Array, at: number): Header {
  const first = bytes[at];
  if (first === undefined) return SHORT;
  const kind = first >> 4;
  const flags = first & 0x0f;
  const needed = FLAGS[kind];
  if (needed === undefined) return fault('packet-kind');
  if (needed !== null && needed !== flags) return fault('fixed-header-flags');
  if (kind === KIND.publish && ((flags & 6) === 6 || ((flags & 6) === 0 && (flags & 8) !== 0))) return fault('publish-qos');
  let bodyBytes = 0;
  for (let count = 0; count < 4; count++) {
    const byte = bytes[at + 1 + count];
    if (byte === undefined) return SHORT;
    bodyBytes |= (byte & 0x7f) << (7 * count);
    if (byte < 0x80) return { state: 'complete', kind, flags, bodyAt: at + 2 + count, bodyBytes };
  }
  return fault('remaining-length');
}

/** What the checks below need of the options. */
export interface TopicLimits {
  topicBytesMax: number;
  topicLevelsMax: number;
  filtersMax: number;
}

const readU16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

function checkPublish(flags: number, body: Uint8Array, limits: TopicLimits): RefusalReason | null {
  if (body.length < 2) return 'packet-malformed';
  const topicEnd = 2 + readU16(body, 0);
  const hasId = (flags & 6) !== 0;
  if (body.length < topicEnd + (hasId ? 2 : 0)) return 'packet-malformed';
  const topic = body.subarray(2, topicEnd);
  if (topic.length === 0 || topic.length > limits.topicBytesMax) return 'publish-topic';
  if (!isTextAllowed(topic)) return 'text-not-allowed';
  if (hasWildcard(topic) || topicLevels(topic) > limits.topicLevelsMax) return 'publish-topic';
  if (hasId && readU16(body, topicEnd) === 0) return 'packet-id-zero';
  return null;
}

function checkFilter(filter: Uint8Array, limits: TopicLimits): RefusalReason | null {
  if (filter.length === 0 || filter.length > limits.topicBytesMax) return 'topic-filter';
  if (!isTextAllowed(filter)) return 'text-not-allowed';
  if (topicLevels(filter) > limits.topicLevelsMax || !areWildcardsInPlace(filter)) return 'topic-filter';
  return null;
}

function checkFilters(body: Uint8Array, withQos: boolean, limits: TopicLimits): RefusalReason | null {
  if (body.length < 2) return 'packet-malformed';
  if (readU16(body, 0) === 0) return 'packet-id-zero';
  let filters = 0;
  for (let at = 2; at < body.length; filters++) {
    if (at + 2 > body.length) return 'packet-malformed';
    const end = at + 2 + readU16(body, at);
    if (end + (withQos ? 1 : 0) > body.length) return 'packet-malformed';
    const reason = checkFilter(body.subarray(at + 2, end), limits);
    if (reason) return reason;
    if (withQos && (body[end] as number) > 2) return 'subscribe-qos';
    at = end + (withQos ? 1 : 0);
  }
  return filters === 0 || filters > limits.filtersMax ? 'topic-filter' : null;
}

function checkAnswer(body: Uint8Array): RefusalReason | null {
  if (body.length !== 2) return 'packet-malformed';
  return readU16(body, 0) === 0 ? 'packet-id-zero' : null;
}

/** Checks the body of any packet but CONNECT; `null` when the standard and the limits have nothing against it. */
export function checkPacket(kind: number, flags: number, body: Uint8Array, limits: TopicLimits): RefusalReason | null {
  switch (kind) {
    case KIND.publish:
      return checkPublish(flags, body, limits);
    case KIND.puback:
    case KIND.pubrec:
    case KIND.pubrel:
    case KIND.pubcomp:
      return checkAnswer(body);
    case KIND.subscribe:
      return checkFilters(body, true, limits);
    case KIND.unsubscribe:
      return checkFilters(body, false, limits);
    default:
      return body.length === 0 ? null : 'packet-malformed';
  }
}
