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
  type Topic,
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
  const topic = topicOf(delivery.topic);
  const content = readContent(delivery, topic, findForm);
  const named = content.kind === 'readings' ? content.message.device.id : topic !== null && 'device' in topic ? topic.device : '';
  return { delivery, about: { tenant, clientId, device: named }, content, isAgain };
}

const refuse = (reason: RefusalReason, detail: string): Content => ({ kind: 'refused', refusal: { reason, detail, messageId: null } });

const TOPICS_MAX = 20_000;
const topics = new Map<string, Topic | null>();

/** A device says all it has to say on one topic, so those seen are remembered. */
function topicOf(text: string): Topic | null {
  const known = topics.get(text);
  if (known !== undefined) return known;
  const topic = parseTopic(text);
  if (topics.size >= TOPICS_MAX) topics.clear();
  topics.set(text, topic);
  return topic;
}

function readContent({ tenant, clientId, payload, retain }: Delivery, place: Topic | null, findForm: FindForm | undefined): Content {
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
