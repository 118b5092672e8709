import { judgeAct, refuseAct, type DeliveredAct } from './act.js';
import { FRAME_DECODERS, type FrameAct, type FrameDecoder } from './gatt-act.js';
import { bytesOfHex } from './gatt/bytes.js';
import { isObject, optionalText, shown, type JsonObject } from './json.js';
import type { Device, Measurement } from './message.js';
import { frameCharacteristic } from './obs.js';
import { joinPackets } from './packets.js';
import { quirkOf, type Quirk } from './quirk.js';
import type { Refusal } from './refusal.js';
import { parseUtc } from './time-text.js';

/** The longest frame: an ATT attribute holds 512 bytes. */
const FRAME_BYTES_MAX = 512;

/** Understood, but never readings: inflation pressure and the device's clock. */
const NOT_READINGS: ReadonlySet<string> = new Set(['2A36', '2A08', '2A2B']);

/**
 * The judged acts of a `varde.raw/1` message's `frames`, each frame one act but for the packets of one body composition. A frame that cannot be
 * decoded is refused alone.
 * @param registeredModel the model to read them as when the message names none
 */
export function decodeFrames(
  frames: readonly unknown[],
  device: Device,
  registeredModel: string | null,
): { measurements: Measurement[]; refused: readonly Refusal[] } {
  const quirk = quirkOf({ manufacturer: device.manufacturer, model: device.model ?? registeredModel });
  const read: (DeliveredAct | Refusal)[] = [];
  for (const [index, frame] of frames.entries()) {
    const act = decodeFrame(frame, index, quirk, device);
    const before = read.at(-1);
    const joined = before !== undefined && isAct(before) && isAct(act) ? joinPackets(before, act) : null;
    if (joined === null) read.push(act);
    else read[read.length - 1] = joined;
  }
  const judged = read.map((each) => (isAct(each) ? judgeAct(each) : { measurement: null, refused: [each] }));
  return {
    measurements: judged.flatMap(({ measurement }) => measurement ?? []),
    refused: judged.flatMap((each) => each.refused),
  };
}

const isAct = (read: DeliveredAct | Refusal): read is DeliveredAct => 'delivered' in read;

function decodeFrame(frame: unknown, index: number, quirk: Quirk, device: Device): DeliveredAct | Refusal {
  if (!isObject(frame)) return refuseAct(index, 'schema', `frame: ${shown(frame)}`);
  const { format, hex, key } = frame;
  if (format !== 'gatt' && format !== 'advert' && format !== '11073-apdu') return refuseAct(index, 'schema', `format: ${shown(format)}`);
  if (key !== undefined && optionalText(key) === null) return refuseAct(index, 'schema', `key: ${shown(key)}`);
  const bytes = typeof hex === 'string' && hex.length <= 2 * FRAME_BYTES_MAX ? bytesOfHex(hex) : null;
  if (bytes === null || typeof hex !== 'string') return refuseAct(index, 'schema', `hex: ${shown(hex)}`);
  const characteristic = frameCharacteristic(frame);
  const decoder = format === 'gatt' && characteristic !== null ? decoderOf(characteristic) : undefined;
  if (format === 'gatt' && characteristic !== null && NOT_READINGS.has(characteristic)) {
    return refuseAct(index, 'not-a-reading', characteristic);
  }
  if (decoder === undefined) return refuseAct(index, 'unknown-format', `${format} ${characteristic ?? ''}`);
  return actOf({ frame, index, device, bytes, characteristic, hex: hex.toLowerCase() }, decoder(bytes, quirk));
}

function decoderOf(characteristic: string): FrameDecoder | undefined {
  return Object.hasOwn(FRAME_DECODERS, characteristic) ? FRAME_DECODERS[characteristic] : undefined;
}

interface Place {
  readonly frame: JsonObject;
  readonly index: number;
  readonly device: Device;
  readonly bytes: Uint8Array;
  readonly characteristic: string | null;
  readonly hex: string;
}

function actOf({ frame, index, device, bytes, characteristic, hex }: Place, decoded: FrameAct | null): DeliveredAct | Refusal {
  const gatewayTime = parseUtc(frame['gatewayTime']);
  if (gatewayTime === null) return refuseAct(index, 'schema', `gatewayTime: ${shown(frame['gatewayTime'])}`);
  if (decoded === null) return refuseAct(index, 'decode', `${characteristic ?? ''}: ${bytes.length} bytes do not follow their flags`);
  return {
    index,
    kind: decoded.kind,
    userSlot: decoded.userSlot,
    deviceTime: decoded.deviceTime,
    clockNotSet: decoded.clockNotSet || device.clock?.notSet === true,
    delivered: decoded.delivered,
    absent: decoded.absent,
    quality: decoded.quality,
    flags: decoded.flags,
    isStatusKnown: decoded.isStatusKnown,
    context: decoded.context,
    key: optionalText(frame['key']),
    gatewayTime,
    // A gateway knows more than the frame when it read the device's memory.
    stored: decoded.stored || frame['stored'] === true,
    raw: { format: 'gatt', characteristic, hex },
    answers: null,
  };
}
