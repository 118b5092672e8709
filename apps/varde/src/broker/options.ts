import type { TlsFiles } from '../tls-files.js';
import type { Pace } from './pace.js';

/** The part of a logger the broker uses. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** So many take-overs of one identity within a time are no loop yet. */
export interface TakeOvers {
  readonly max: number;
  readonly windowMs: number;
}

/** Where to listen. Port 0 takes a free one. */
export interface Endpoint {
  host: string;
  port: number;
}

/** Everything that bounds what a device may do to us. */
export interface BrokerLimits {
  /** Bytes of a whole CONNECT packet, that is of anything before sign-in. */
  connectBytesMax: number;
  /** Bytes of a packet after sign-in: the contract's 256 KiB of payload, its topic, and some air. */
  packetBytesMax: number;
  /** Bytes of a packet other than PUBLISH after sign-in. */
  controlBytesMax: number;
  /** From accepting the connection until it is signed in. */
  connectTimeoutMs: number;
  /** Connections of this process, all listeners together. */
  connectionsMax: number;
  /** Connections accepted from one address. */
  connectsPerAddress: Pace;
  /** Sign-ins waiting for the database. */
  signInsWaitingMax: number;
  /** Messages of one client that wait for their commit; reading pauses at this number and goes on at half of it. */
  messagesInFlightMax: number;
  /** The same in bytes. One message is always let through. */
  bytesInFlightMax: number;
  /** Messages of all clients that wait for their commit. */
  serviceMessagesInFlightMax: number;
  /** The same in bytes. */
  serviceBytesInFlightMax: number;
  /** Packets of one client, over the long run. */
  packetsPerClient: Pace;
  topicBytesMax: number;
  topicLevelsMax: number;
  /** Topic filters in one SUBSCRIBE or UNSUBSCRIBE. */
  filtersMax: number;
  /** A client that asks for a longer keep-alive, or none, is held to this one. */
  keepAliveSecondsMax: number;
  /** More take-overs of one client id than one of these allows are two boxes with one identity. */
  takeOvers: TakeOvers;
  /** Boxes that wait a minute before they come back throw each other out for ever too. */
  slowTakeOvers: TakeOvers;
  /** Bytes we have written and a client has not read before it is let go. */
  unreadBytesMax: number;
  /** The same in time. */
  drainTimeoutMs: number;
  /** Messages down kept for a gateway with a kept session; the oldest goes first. */
  queuedMessagesMax: number;
  /** Retained status messages of one gateway, and the bytes of each. */
  retainedPerClientMax: number;
  retainedBytesMax: number;
}

/** The limits when nothing else is said. */
export const BROKER_LIMITS: BrokerLimits = {
  connectBytesMax: 8 * 1024,
  packetBytesMax: 264 * 1024,
  controlBytesMax: 8 * 1024,
  connectTimeoutMs: 5_000,
  connectionsMax: 12_000,
  connectsPerAddress: { burst: 2_500, perSecond: 250 },
  signInsWaitingMax: 1_000,
  messagesInFlightMax: 100,
  bytesInFlightMax: 1024 * 1024,
  serviceMessagesInFlightMax: 20_000,
  serviceBytesInFlightMax: 64 * 1024 * 1024,
  packetsPerClient: { burst: 20_000, perSecond: 100 },
  topicBytesMax: 300,
  topicLevelsMax: 8,
  filtersMax: 8,
  keepAliveSecondsMax: 1_200,
  takeOvers: { max: 5, windowMs: 60_000 },
  slowTakeOvers: { max: 10, windowMs: 15 * 60_000 },
  unreadBytesMax: 1024 * 1024,
  drainTimeoutMs: 10_000,
  queuedMessagesMax: 100,
  retainedPerClientMax: 64,
  retainedBytesMax: 4 * 1024,
};

/** Where the broker listens and what it allows. At least one listener; `tls` and `wss` need `tlsFiles`. */
export interface BrokerOptions {
  listen: { tcp?: Endpoint; tls?: Endpoint; ws?: Endpoint; wss?: Endpoint };
  tlsFiles?: TlsFiles;
  /** Path of the WebSocket listeners. Default `/mqtt`. */
  webSocketPath?: string;
  limits?: Partial<BrokerLimits>;
}

/** The options contradict each other; the message names every fault. */
export class BrokerOptionsRefused extends Error {
  override readonly name = 'BrokerOptionsRefused';
}

// A contract topic at its longest: varde/v1/ + three names of 64 + /dev/ + /status.
const LONGEST_TOPIC_BYTES = 'varde/v1/'.length + 64 + 1 + 64 + '/dev/'.length + 64 + '/status'.length;

/**
 * Fills in the defaults.
 * @throws BrokerOptionsRefused when a limit is not a positive number or would shut out the contract itself
 */
export function completeLimits(options: BrokerOptions): BrokerLimits {
  const limits = { ...BROKER_LIMITS, ...options.limits };
  const faults: string[] = [];
  const numbers = Object.entries(limits).flatMap(([name, value]: [string, number | Pace | TakeOvers]): [string, number][] =>
    typeof value === 'number' ? [[name, value]] : Object.entries(value).map(([part, each]) => [`${name}.${part}`, each]),
  );
  for (const [name, value] of numbers) if (!(value > 0)) faults.push(`${name} must be over 0`);
  if (limits.topicBytesMax < LONGEST_TOPIC_BYTES) faults.push(`topicBytesMax must be at least ${LONGEST_TOPIC_BYTES}`);
  if (limits.topicLevelsMax < 7 || limits.topicLevelsMax > 100) faults.push('topicLevelsMax must be 7 to 100');
  const { tcp, tls, ws, wss } = options.listen;
  if (!tcp && !tls && !ws && !wss) faults.push('at least one listener is needed');
  if ((tls || wss) && !options.tlsFiles) faults.push('tls and wss need a certificate and a key');
  if (faults.length > 0) throw new BrokerOptionsRefused(faults.join('; '));
  return limits;
}
