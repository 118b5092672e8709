import type { TellContact } from '@varde/store';

/** Somewhere a message goes. */
export type Address = Pick<TellContact, 'channel' | 'address' | 'signingSecret'>;

/** The same for the same address, whoever it is known through. */
export const addressKey = ({ channel, address }: Address): string => `${channel} ${address}`;

/** Those of one unit who can be reached now: who is on duty, and the unit itself. */
function reachable(contacts: readonly TellContact[], nowMs: number): TellContact[] {
  return contacts.filter(({ duty }) => duty === null || duty.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs));
}

/**
 * Who is told that the service is blind: those on duty of the units it touches (none named: all units) and of the operators' units, and
 * the addresses of the settings; each address once. Where nobody of the operators is on duty everybody of theirs is told: somebody must
 * hear it.
 */
export function whomToTell(
  contacts: readonly TellContact[],
  unitIds: readonly number[],
  { always, nowMs }: { readonly always: readonly Address[]; readonly nowMs: number },
): Address[] {
  const touched = contacts.filter(({ unitId }) => unitIds.length === 0 || unitIds.includes(unitId));
  const operators = contacts.filter(({ isOperators }) => isOperators);
  const onDuty = reachable(operators, nowMs);
  const told = [...always, ...reachable(touched, nowMs), ...(onDuty.length > 0 ? onDuty : operators)];
  const everybody = told.length > 0 ? told : contacts;
  const once = new Map(everybody.map((each) => [addressKey(each), each]));
  return [...once.values()].map(({ channel, address, signingSecret }) => ({ channel, address, signingSecret }));
}

/** The units an address stands for, whose patients and messages are theirs to know of; null: all, for who runs the service or where there are no others. */
export function unitsOf(contacts: readonly TellContact[], address: Address, always: readonly Address[]): readonly number[] | null {
  const key = addressKey(address);
  const own = contacts.filter((each) => addressKey(each) === key);
  if (own.some(({ isOperators }) => isOperators) || always.some((each) => addressKey(each) === key)) return null;
  const unitIds = [...new Set(own.map(({ unitId }) => unitId))].sort((a, b) => a - b);
  return contacts.every(({ unitId }) => unitIds.includes(unitId)) ? null : unitIds;
}
