/** A PUBLISH as it came. */
export interface Publish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 without one, at QoS 0. */
  readonly messageId: number;
  /** Bytes of its body, as its connection counts them. */
  readonly bytes: number;
}

/** Reads the body of a PUBLISH (3.3) in which `checkPacket` has found no fault. The payload is a part of it, not a copy. */
export function readPublish(flags: number, body: Buffer): Publish {
  const topicEnd = 2 + body.readUInt16BE(0);
  const qos = ((flags >> 1) & 3) as Publish['qos'];
  return {
    topic: body.toString('utf8', 2, topicEnd),
    payload: body.subarray(qos === 0 ? topicEnd : topicEnd + 2),
    qos,
    retain: (flags & 1) !== 0,
    dup: (flags & 8) !== 0,
    messageId: qos === 0 ? 0 : body.readUInt16BE(topicEnd),
    bytes: body.length,
  };
}
