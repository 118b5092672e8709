/** Key under which the service wires how a person's entries are kept: keeping what is measured belongs to another room. */
export const ENTER = Symbol('ENTER');

/** What a person enters, as a message of the contract. */
export interface Entry {
  /** Code of the community. */
  readonly community: string;
  /** Name of the patient's device for entries. */
  readonly device: string;
  readonly kind: 'obs' | 'answers';
  readonly payload: Uint8Array;
  readonly receivedAt: Date;
}

/** What became of an entry, after the commit. */
export interface Entered {
  readonly stored: number;
  readonly duplicates: number;
  /** Why it was not kept as readings; empty when it was. */
  readonly refused: readonly { readonly reason: string; readonly detail: string }[];
}

/** Keeps an entry the way a message is kept. Rejects with the database's error when it cannot be kept. */
export type Enter = (entry: Entry) => Promise<Entered>;
