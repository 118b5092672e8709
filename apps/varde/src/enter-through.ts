import { formatTopic } from '@varde/wire';
import type { Delivery } from './ingest/delivery.js';
import type { Outcome } from './ingest/keep-batch.js';
import type { Enter } from './entering/enter.js';

/** Sender of what is entered in our own API. */
const ENTERING = 'entered';

/** Joins the room where people enter what was measured to the one that keeps it, the same way as a message of a gateway. */
export function enterThrough(room: { readonly keep: (delivery: Delivery) => Promise<Outcome> }): Enter {
  return ({ community, device, kind, payload, receivedAt }) =>
    room.keep({
      tenant: community,
      clientId: ENTERING,
      topic: formatTopic({ kind, tenant: community, gateway: ENTERING, device }),
      payload,
      retain: false,
      dup: false,
      qos: 1,
      receivedAt,
      isEntered: true,
    });
}
