import type { RefusalReason } from './refusal.js';
import { hasWildcard, isTextAllowed } from './text.js';

/** What a device says of itself in its CONNECT. */
export interface Connect {
  clientId: string;
  clean: boolean;
  /** 0 means the client asked for no limit. */
  keepAliveSeconds: number;
  /** Where the two keep-alive bytes stand in the body. */
  keepAliveAt: number;
  userName: string | null;
  password: Buffer | null;
  willTopic: string | null;
}

/** Return codes of CONNACK, table 3.1. */
export type ReturnCode = 1 | 2 | 3 | 4 | 5;

/** A CONNECT read, or why not: with a return code when the standard wants an answer, else the connection just ends. */
export type ConnectResult = { ok: true; connect: Connect } | { ok: false; reason: RefusalReason; returnCode?: ReturnCode };

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);

/** Reads the length-prefixed fields of a body one after the other; `null` when the body ends before the field does. */
class Fields {
  constructor(
    private readonly body: Buffer,
    private at = 0,
  ) {}

  get position(): number {
    return this.at;
  }

  get isAtEnd(): boolean {
    return this.at === this.body.length;
  }

  number(bytes: 1 | 2): number | null {
    if (this.at + bytes > this.body.length) return null;
    const value = this.body.readUIntBE(this.at, bytes);
    this.at += bytes;
    return value;
  }

  bytes(): Buffer | null {
    const length = this.number(2);
    if (length === null || this.at + length > this.body.length) return null;
    this.at += length;
    return this.body.subarray(this.at - length, this.at);
  }
}

const refuse = (reason: RefusalReason, returnCode?: ReturnCode): ConnectResult => ({
  ok: false,
  reason,
  ...(returnCode === undefined ? {} : { returnCode }),
});

const FLAG = { reserved: 1, clean: 2, will: 4, willRetain: 32, password: 64, userName: 128 };

function areFlagsWrong(flags: number): boolean {
  const willQos = (flags >> 3) & 3;
  if (flags & FLAG.reserved) return true; // [MQTT-3.1.2-3]
  if (willQos === 3) return true; // [MQTT-3.1.2-14]
  if (!(flags & FLAG.will) && (willQos !== 0 || flags & FLAG.willRetain)) return true; // [MQTT-3.1.2-11, -13, -15]
  return !(flags & FLAG.userName) && (flags & FLAG.password) !== 0; // [MQTT-3.1.2-22]
}

function readPayload(fields: Fields, flags: number): Record<'clientId' | 'willTopic' | 'userName' | 'password', Buffer | null> | null {
  const given = (flag: number): Buffer | null | undefined => (flags & flag ? fields.bytes() : undefined);
  const clientId = fields.bytes();
  const willTopic = given(FLAG.will);
  const willPayload = given(FLAG.will);
  const userName = given(FLAG.userName);
  const password = given(FLAG.password);
  const isShort = [clientId, willTopic, willPayload, userName, password].includes(null);
  if (isShort || !fields.isAtEnd) return null; // a field missing, or bytes after the last one
  return { clientId, willTopic: willTopic ?? null, userName: userName ?? null, password: password ?? null };
}

/**
 * Reads the body of a CONNECT (MQTT 3.1.1 section 3.1, and 3.1 by its older name). Faults of form end the connection without
 * an answer; an unknown level gets code 1 [MQTT-3.1.2-2] and an empty client id with a kept session code 2 [MQTT-3.1.3-8].
 */
export function readConnect(body: Buffer): ConnectResult {
  const fields = new Fields(body);
  const name = fields.bytes();
  const level = LEVELS.get(name?.toString('latin1') ?? '');
  if (level === undefined) return refuse('protocol-name');
  const saidLevel = fields.number(1);
  if (saidLevel === null) return refuse('connect-malformed');
  if (saidLevel !== level) return refuse('protocol-level', 1);
  const flags = fields.number(1);
  const keepAliveAt = fields.position;
  const keepAliveSeconds = fields.number(2);
  if (flags === null || keepAliveSeconds === null) return refuse('connect-malformed');
  if (areFlagsWrong(flags)) return refuse('connect-flags');
  const payload = readPayload(fields, flags);
  if (!payload?.clientId) return refuse('connect-malformed');
  const { clientId, willTopic, userName, password } = payload;
  for (const text of [clientId, willTopic, userName]) if (text && !isTextAllowed(text)) return refuse('text-not-allowed');
  if (willTopic && (willTopic.length === 0 || hasWildcard(willTopic))) return refuse('publish-topic');
  const clean = (flags & FLAG.clean) !== 0;
  if (clientId.length === 0 && (!clean || level === 3)) return refuse('client-id', 2);
  return {
    ok: true,
    connect: {
      clientId: clientId.toString(),
      clean,
      keepAliveSeconds,
      keepAliveAt,
      userName: userName && userName.toString(),
      password,
      willTopic: willTopic && willTopic.toString(),
    },
  };
}
