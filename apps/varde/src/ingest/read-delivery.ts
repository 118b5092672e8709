import type { DeviceName } from '@varde/store';
import {
  decode,
  decodeStatus,
  parseTopic,
  type DeviceStatus,
  type FindForm,
  type GatewayStatus,
  type Message,
  type MessageRefusal,
  type RefusalReason,
} from '@varde/wire';
import type { Delivery } from './delivery.js';

/** What a delivery says, before anything is known of who it is about. */
export type Content =
  | { readonly kind: 'readings'; readonly message: Message }
  | { readonly kind: 'gateway'; readonly status: GatewayStatus }
  | { readonly kind: 'device'; readonly status: DeviceStatus }
  /** A status taken back: an empty retained message. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly refusal: MessageRefusal };

/** A delivery that was read. */
export interface Received {
  readonly delivery: Delivery;
  readonly about: DeviceName;
  readonly content: Content;
  /** Processed again after its cause was fixed: nothing came, nobody is answered. */
  readonly isAgain: boolean;
}

/**
 * Reads a delivery: pure, never throws whatever the bytes. Checks that the topic is the sender's own (devices/README 5.1: ingest repeats
 * the broker's check).
 * @param findForm the questionnaires that answers are checked against; without it none is known
 */
export function readDelivery(delivery: Delivery, isAgain = false, findForm?: FindForm): Received {
  const { tenant, clientId } = delivery;
  const content = readContent(delivery, findForm);
  const topic = parseTopic(delivery.topic);
  const named = content.kind === 'readings' ? content.message.device.id : topic !== null && 'device' in topic ? topic.device : '';
  return { delivery, about: { tenant, clientId, device: named }, content, isAgain };
}

const refuse = (reason: RefusalReason, detail: string): Content => ({ kind: 'refused', refusal: { reason, detail, messageId: null } });

function readContent({ tenant, clientId, topic, payload, retain }: Delivery, findForm: FindForm | undefined): Content {
  const place = parseTopic(topic);
  if (place === null || place.kind === 'ack' || place.kind === 'cmd' || place.kind === 'advice')
    return refuse('topic', 'not a topic of the contract');
  if (place.tenant !== tenant || place.gateway !== clientId) return refuse('topic', 'the topic of another gateway');
  if (place.kind === 'obs' || place.kind === 'raw' || place.kind === 'answers') {
    const decoded = decode(place, payload, findForm);
    if (!decoded.ok) return { kind: 'refused', refusal: decoded.refusal };
    // A retained reading would come anew with every subscription, looking new (devices/README 2.2).
    if (retain)
      return { kind: 'refused', refusal: { reason: 'retained', detail: 'published with retain', messageId: decoded.message.messageId } };
    return { kind: 'readings', message: decoded.message };
  }
  if (payload.byteLength === 0) return { kind: 'nothing' };
  const decoded = decodeStatus(place, payload);
  if (!decoded.ok) return { kind: 'refused', refusal: decoded.refusal };
  return decoded.kind === 'gateway' ? { kind: 'gateway', status: decoded.status } : { kind: 'device', status: decoded.status };
}
