import { FrameReader, FrameWriter } from './bytes.js';

/** Heart Rate Measurement, 0x2A37. It has no time of its own. */
export interface HeartRateFrame {
  /** Beats per minute. */
  readonly heartRate: number;
  readonly contact: 'not-supported' | 'not-detected' | 'detected';
  readonly energyKj: number | null;
  /** In 1/1024 s, oldest first; null when not sent, at least one when sent. */
  readonly rrIntervals1024: readonly number[] | null;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** The frame in the bytes of 0x2A37, or null when they end early, or in the middle of an interval. */
export function decodeHeartRate(bytes: Uint8Array): HeartRateFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const heartRate = flags & 1 ? reader.u16() : reader.u8();
  const contact = flags & 4 ? (flags & 2 ? 'detected' : 'not-detected') : 'not-supported';
  const energyKj = flags & 8 ? reader.u16() : null;
  const rrIntervals1024: number[] | null = flags & 16 ? [reader.u16()] : null;
  while (rrIntervals1024 !== null && reader.bytesLeft > 0) rrIntervals1024.push(reader.u16());
  return reader.isShort ? null : { heartRate, contact, energyKj, rrIntervals1024, trailingBytes: reader.bytesLeft };
}

/** The bytes of 0x2A37. */
export function encodeHeartRate(frame: HeartRateFrame): Uint8Array {
  const contact = frame.contact === 'detected' ? 6 : frame.contact === 'not-detected' ? 4 : 0;
  const isWide = frame.heartRate > 255;
  const flags = (isWide ? 1 : 0) | contact | (frame.energyKj === null ? 0 : 8) | (frame.rrIntervals1024 === null ? 0 : 16);
  const writer = new FrameWriter().u8(flags);
  if (isWide) writer.u16(frame.heartRate);
  else writer.u8(frame.heartRate);
  if (frame.energyKj !== null) writer.u16(frame.energyKj);
  for (const interval of frame.rrIntervals1024 ?? []) writer.u16(interval);
  return writer.done();
}
