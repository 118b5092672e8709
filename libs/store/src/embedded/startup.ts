import { int32, message, readText, zeroEnded } from './protocol.js';

/** What the first packet of a connection asks for. */
export type Startup =
  | { readonly kind: 'encryption' }
  | { readonly kind: 'cancel'; readonly id: number; readonly secret: number }
  | { readonly kind: 'refused'; readonly code: string; readonly sentence: string }
  | {
      readonly kind: 'session';
      readonly applicationName: string;
      readonly settings: Map<string, string>;
      /** NegotiateProtocolVersion when the client asked for more than 3.0, else empty. */
      readonly negotiation: Buffer;
    };

// PostgreSQL 17, 53.7: SSLRequest, GSSENCRequest, CancelRequest.
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
const VERSION_3_0 = 196608;

const NO_SETTING = new Set([
  'user',
  'database',
  'replication',
  'application_name',
  'fallback_application_name',
  'options',
  'client_encoding',
]);

/** Reads a start-up packet (length, code, then the rest). The caller has checked the length. */
export function readStartup(packet: Buffer): Startup {
  const code = packet.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'encryption' };
  if (code === CANCEL_REQUEST) {
    if (packet.length < 16) return { kind: 'refused', code: '08P01', sentence: 'a cancel request that is too short' };
    return { kind: 'cancel', id: packet.readInt32BE(8), secret: packet.readInt32BE(12) };
  }
  if (code >> 16 !== 3) return { kind: 'refused', code: '0A000', sentence: `protocol ${code >> 16}.${code & 0xffff} is not spoken here` };
  return readSession(packet, code);
}

function readSession(packet: Buffer, version: number): Startup {
  const given = readParameters(packet);
  if (given.has('replication') && given.get('replication') !== 'false') {
    return { kind: 'refused', code: '0A000', sentence: 'the embedded database has no replication' };
  }
  const encoding = given.get('client_encoding') ?? 'UTF8';
  if (!/^'?utf-?8'?$/i.test(encoding)) return { kind: 'refused', code: '0A000', sentence: `client_encoding ${encoding}: only UTF8` };
  const unknown = [...given.keys()].filter((name) => name.startsWith('_pq_.'));
  const settings = readOptions(given.get('options') ?? '');
  for (const [name, value] of given) if (!NO_SETTING.has(name) && !unknown.includes(name)) settings.set(name, value);
  const isNewer = version > VERSION_3_0 || unknown.length > 0;
  return {
    kind: 'session',
    applicationName: given.get('application_name') ?? given.get('fallback_application_name') ?? '',
    settings,
    negotiation: isNewer
      ? message('v', int32(VERSION_3_0), int32(unknown.length), ...unknown.map((name) => zeroEnded(name)))
      : Buffer.alloc(0),
  };
}

function readParameters(packet: Buffer): Map<string, string> {
  const given = new Map<string, string>();
  let at = 8;
  while (at < packet.length && packet.readUInt8(at) !== 0) {
    const name = readText(packet, at);
    const value = readText(packet, name.next);
    given.set(name.text, value.text);
    at = value.next;
  }
  return given;
}

/** Settings of an `options` parameter: `-c name=value` or `--name=value`, a backslash before a space that belongs to the value. */
function readOptions(options: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [, name = '', value = ''] of options.matchAll(/(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)/g)) {
    settings.set(name.replaceAll('-', '_'), value.replace(/\\(.)/g, '$1'));
  }
  return settings;
}
