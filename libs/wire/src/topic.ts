/**
 * A topic of the contract (devices/README 5.1), `varde/v1/{tenant}/{gateway}/...`.
 * A device that connects by itself is its own gateway.
 */
export type Topic = MeasurementTopic | DeviceStatusTopic | GatewayTopic;

/** Where readings arrive: canonical JSON (`obs`), undecoded frames (`raw`) or filled-in questionnaires (`answers`). */
export interface MeasurementTopic {
  readonly kind: 'obs' | 'raw' | 'answers';
  readonly tenant: string;
  readonly gateway: string;
  readonly device: string;
}

/** Retained state of one device behind a gateway. */
export interface DeviceStatusTopic {
  readonly kind: 'device-status';
  readonly tenant: string;
  readonly gateway: string;
  readonly device: string;
}

/** State of the gateway (up, retained), answers, commands and advice to it (down). */
export interface GatewayTopic {
  readonly kind: 'gateway-status' | 'ack' | 'cmd' | 'advice';
  readonly tenant: string;
  readonly gateway: string;
}

const SEGMENT = /^[A-Za-z0-9._-]{1,64}$/;

/** Whether a text may be a tenant, gateway or device segment: `[A-Za-z0-9._-]{1,64}`. */
export function isTopicSegment(text: string): boolean {
  return SEGMENT.test(text);
}

/** The topic a text names, or null when it is none of the contract's. Wildcards are never a topic. */
export function parseTopic(text: string): Topic | null {
  const parts = text.split('/');
  const [root, version, tenant, gateway, fourth, device, last] = parts;
  if (root !== 'varde' || version !== 'v1' || tenant === undefined || gateway === undefined) return null;
  if (!isTopicSegment(tenant) || !isTopicSegment(gateway)) return null;
  if (parts.length === 5) {
    if (fourth === 'status') return { kind: 'gateway-status', tenant, gateway };
    if (fourth === 'ack' || fourth === 'cmd' || fourth === 'advice') return { kind: fourth, tenant, gateway };
    return null;
  }
  if (parts.length !== 7 || fourth !== 'dev' || device === undefined || !isTopicSegment(device)) return null;
  if (last === 'obs' || last === 'raw' || last === 'answers') return { kind: last, tenant, gateway, device };
  return last === 'status' ? { kind: 'device-status', tenant, gateway, device } : null;
}

/** The text of a topic; the inverse of `parseTopic`. */
export function formatTopic(topic: Topic): string {
  const root = `varde/v1/${topic.tenant}/${topic.gateway}`;
  switch (topic.kind) {
    case 'obs':
    case 'raw':
    case 'answers':
      return `${root}/dev/${topic.device}/${topic.kind}`;
    case 'device-status':
      return `${root}/dev/${topic.device}/status`;
    case 'gateway-status':
      return `${root}/status`;
    case 'ack':
    case 'cmd':
    case 'advice':
      return `${root}/${topic.kind}`;
  }
}
