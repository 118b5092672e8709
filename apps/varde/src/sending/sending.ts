/**
 * What a try that failed says of the way out, which all messages of a channel take: it stands, for only the one receiver could not be
 * reached; it broke, and may be whole for the next; or it is closed to everybody until a person has mended it.
 */
export type Way = 'stands' | 'broke' | 'closed';

/** What became of one try to send a message. */
export type Sending =
  | {
      readonly ok: true;
      /** What the gateway calls the message, for receipts to come; null: there will be none. */
      readonly receiptId: string | null;
      /** Whether it has reached the receiver, and not only somebody who will bring it there. */
      readonly isDelivered: boolean;
    }
  | {
      readonly ok: false;
      /** Why not, without anything of the message. */
      readonly fault: string;
      /** Trying again would come to the same. */
      readonly isFinal: boolean;
      readonly way: Way;
    };

/** A try that failed. */
export function failed(fault: string, isFinal: boolean, way: Way): Sending {
  return { ok: false, fault, isFinal, way };
}
