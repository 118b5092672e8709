import { decodeAnswerSets } from './answers.js';
import { deviceIdentity, envelopeOf, messageIdOf, type Envelope } from './envelope.js';
import type { FindForm } from './form.js';
import { decodeFrames } from './frames.js';
import { countIdentity } from './identity.js';
import { isObject, parseJson, shown, type JsonObject } from './json.js';
import type { Decoded, Message } from './message.js';
import { decodeReadings } from './obs.js';
import { isQuirky } from './quirk.js';
import type { RefusalReason } from './refusal.js';
import { parseTopic, type MeasurementTopic, type Topic } from './topic.js';

/** The largest payload that is looked into. */
const PAYLOAD_BYTES_MAX = 256 * 1024;
/** The most readings or frames of one message. */
const READINGS_MAX = 100;

const NO_FORMS: FindForm = () => null;

const refuse = (reason: RefusalReason, detail: string, messageId: string | null): Decoded => ({
  ok: false,
  refusal: { reason, detail, messageId },
});

/**
 * The readings in a message, for any bytes on any topic: pure, never throws, never lets through a number that is not finite.
 *
 * Steps 1, 3, 4, 5 and 7 of devices/README 5.7 and of step 2 that the payload names the topic's device. What is left to ingest: whether the
 * device is registered and who wears it, clocks (`effectiveTime`), duplicates (`measurementKey`), and doubts from the person's history.
 *
 * @param topic the text the message came on, or that text parsed
 * @param payload the message, at most 256 KiB, 1 to 100 readings
 * @param findForm the questionnaires that answers are checked against; without it none is known, and answers are parked
 */
export function decode(topic: string | Topic, payload: Uint8Array, findForm: FindForm = NO_FORMS): Decoded {
  return decodeAs(topic, payload, { findForm, registeredModel: null });
}

/**
 * A message that was decoded, read as the model that its device is registered as: of frames whose gateway does not say what it forwards nothing else
 * tells how they must be read (devices/README 5.4). Any other message as it is.
 * @param topic the text the message came on
 * @param payload the same bytes that `message` was decoded from
 */
export function readAsModel(message: Message, topic: string, payload: Uint8Array, registeredModel: string | null): Message {
  if (message.schema !== 'varde.raw/1' || message.device.model !== null || registeredModel === null) return message;
  if (!isQuirky({ manufacturer: message.device.manufacturer, model: registeredModel })) return message;
  const decoded = decodeAs(topic, payload, { findForm: NO_FORMS, registeredModel });
  return decoded.ok ? decoded.message : message;
}

/** What is known beside the message. */
interface Beside {
  readonly findForm: FindForm;
  readonly registeredModel: string | null;
}

function decodeAs(topic: string | Topic, payload: Uint8Array, beside: Beside): Decoded {
  const place = typeof topic === 'string' ? parseTopic(topic) : topic;
  if (place === null || (place.kind !== 'obs' && place.kind !== 'raw' && place.kind !== 'answers'))
    return refuse('topic', shown(topic), null);
  if (payload.byteLength > PAYLOAD_BYTES_MAX) return refuse('too-large', `${payload.byteLength} bytes`, null);
  const message = parseJson(payload);
  if (message === undefined) return refuse('not-json', `${payload.byteLength} bytes`, null);
  if (!isObject(message)) return refuse('schema', `message: ${shown(message)}`, null);
  return decodeMessage(place, message, beside);
}

function decodeMessage(topic: MeasurementTopic, message: JsonObject, beside: Beside): Decoded {
  const messageId = messageIdOf(message);
  const { schema } = message;
  if (schema !== 'varde.obs/1' && schema !== 'varde.raw/1' && schema !== 'varde.answers/1') {
    const isLater = typeof schema === 'string' && /^varde\.(?:obs|raw|answers)\/\d{1,3}$/.test(schema);
    return refuse(isLater ? 'unknown-format' : 'schema', `schema: ${shown(schema)}`, messageId);
  }
  if (schema !== `varde.${topic.kind}/1`) return refuse('schema', `schema: ${schema} on a topic for ${topic.kind}`, messageId);
  if (messageId === null) return refuse('schema', `messageId: ${shown(message['messageId'])}`, null);
  const envelope = envelopeOf(message, messageId);
  if (typeof envelope === 'string') return refuse('schema', envelope, messageId);
  const { device } = envelope;
  if (topic.device !== device.id && deviceIdentity(device.idType, topic.device) !== device.id) {
    return refuse('device-mismatch', `device.id: ${device.id} on the topic of ${topic.device}`, messageId);
  }
  return decodeList(schema, envelope, message, beside);
}

const LISTS = { 'varde.obs/1': 'readings', 'varde.raw/1': 'frames', 'varde.answers/1': 'answers' } as const;

function decodeList(schema: keyof typeof LISTS, envelope: Envelope, message: JsonObject, beside: Beside): Decoded {
  const name = LISTS[schema];
  const list: unknown = message[name];
  if (!Array.isArray(list) || list.length === 0) return refuse('schema', `${name}: ${shown(list)}`, envelope.messageId);
  if (list.length > READINGS_MAX) return refuse('too-many-readings', `${list.length} ${name}`, envelope.messageId);
  const { measurements, refused } =
    schema === 'varde.obs/1'
      ? decodeReadings(list, envelope.device)
      : schema === 'varde.raw/1'
        ? decodeFrames(list, envelope.device, beside.registeredModel)
        : decodeAnswerSets(list, beside.findForm, envelope.device);
  return {
    ok: true,
    message: {
      schema,
      messageId: envelope.messageId,
      sentAt: envelope.sentAt,
      gatewayFirmware: envelope.gatewayFirmware,
      gatewayClock: envelope.gatewayClock,
      device: envelope.device,
      measurements,
      refused,
      identityFieldsRemoved: countIdentity(message),
    },
  };
}
