/** What became of one message. `parked` is kept and may be processed again; after any of the four the sender may forget it. */
export type AckStatus = 'stored' | 'duplicate' | 'parked' | 'rejected';

/** The answer to one message. */
export interface AckResult {
  readonly messageId: string;
  readonly status: AckStatus;
  /** A `RefusalReason`, for parked and rejected. `stream`, for stored and duplicate: the rest of a minute was left out (decision 28). */
  readonly reason?: string;
  /** How many acts of measuring were stored. */
  readonly readings?: number;
}

/** The application acknowledgement, published on the gateway's `ack` topic after the database commit (devices/README 5.3). */
export interface Ack {
  readonly schema: 'varde.ack/1';
  readonly results: readonly AckResult[];
}

/** The payload of an acknowledgement, UTF-8 JSON. */
export function encodeAck(results: readonly AckResult[]): Uint8Array {
  const ack: Ack = { schema: 'varde.ack/1', results };
  return new TextEncoder().encode(JSON.stringify(ack));
}

const STATUSES: ReadonlySet<unknown> = new Set<AckStatus>(['stored', 'duplicate', 'parked', 'rejected']);

/** The acknowledgement in a payload, or null when it is none. For gateways and simulated homes. */
export function decodeAck(payload: Uint8Array): Ack | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    return isAck(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isAck(value: unknown): value is Ack {
  if (typeof value !== 'object' || value === null || !('schema' in value) || value.schema !== 'varde.ack/1') return false;
  return 'results' in value && Array.isArray(value.results) && value.results.every(isResult);
}

function isResult(value: unknown): value is AckResult {
  if (typeof value !== 'object' || value === null || !('messageId' in value) || !('status' in value)) return false;
  if (typeof value.messageId !== 'string' || !STATUSES.has(value.status)) return false;
  if ('reason' in value && typeof value.reason !== 'string') return false;
  return !('readings' in value) || typeof value.readings === 'number';
}
