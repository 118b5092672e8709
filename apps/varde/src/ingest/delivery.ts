import { isTopicSegment, type Ack } from '@varde/wire';

/** One message as it came, from the embedded broker or an external one. */
export interface Delivery {
  /** Code of the community, of the credential; behind an external broker of the topic. */
  readonly tenant: string;
  /** Client id of the gateway, from the same place. */
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly qos: 0 | 1 | 2;
  readonly receivedAt: Date;
  /** Kept by an external broker and sent because we subscribed: it was said nobody knows how long ago, and comes anew with every connection. */
  readonly isOld?: true;
  /** Entered by a person through our own API: there is no gateway to check, and none to answer. */
  readonly isEntered?: true;
}

/**
 * Who sent it, as the log may hold it: behind an external broker both names are texts of the topic, which a stranger writes. Null: it can be
 * nobody's name.
 */
export function senderOf({ tenant, clientId }: Pick<Delivery, 'tenant' | 'clientId'>): Record<'tenant' | 'clientId', string | null> {
  return { tenant: isTopicSegment(tenant) ? tenant : null, clientId: isTopicSegment(clientId) ? clientId : null };
}

/** Brings an acknowledgement to a gateway's `ack` topic. It may fail: the gateway then sends again and hears `duplicate`. */
export type PublishAck = (tenant: string, clientId: string, ack: Ack) => Promise<void> | void;

/** More waits for the database than may: hold the senders back and try again. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** Ingest is stopping; what was given to it and is not committed is not kept. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
