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
      /** It is the way out that failed, not the one receiver: nobody else would have been reached by it either. */
      readonly isWay: boolean;
    };

/** A try that failed. */
export function failed(fault: string, isFinal: boolean, isWay: boolean): Sending {
  return { ok: false, fault, isFinal, isWay };
}
