import type { Blindness, TellContact } from '@varde/store';
import { addressKey, whomToTell, type Address } from './whom-to-tell.js';

/** Things that the same addresses must know: one message. */
export interface TellingSet {
  readonly some: readonly Blindness[];
  /** Of whose patients they are told; null: of all. */
  readonly unitIds: readonly number[] | null;
  readonly addresses: readonly Address[];
}

/** Who is known to be told. */
export interface Known {
  readonly remembered: { readonly contacts: readonly TellContact[] };
  readonly always: readonly Address[];
}

/** Sets of these things by the addresses that must know them. */
export function setsOf(
  { remembered, always }: Known,
  all: readonly Blindness[],
  now: Date,
  unitsFor: (address: Address) => readonly number[] | null,
): TellingSet[] {
  const sets = new Map<string, { some: readonly Blindness[]; unitIds: readonly number[] | null; addresses: Address[] }>();
  for (const { address, some } of thingsByAddress({ remembered, always }, all, now)) {
    const unitIds = unitsFor(address);
    const name = `${some.map(({ id }) => id).join(',')}/${unitIds?.join(',') ?? ''}`;
    const set = sets.get(name) ?? { some, unitIds, addresses: [] };
    set.addresses.push(address);
    sets.set(name, set);
  }
  return [...sets.values()];
}

/** What each address must know. Whom something touches is asked once for all that touches the same units: a valley of gateways has few. */
function thingsByAddress({ remembered, always }: Known, all: readonly Blindness[], now: Date): { address: Address; some: Blindness[] }[] {
  const whom = new Map<string, readonly Address[]>();
  const things = new Map<string, { address: Address; some: Blindness[] }>();
  for (const each of all) {
    const units = each.unitIds.join(',');
    const addresses = whom.get(units) ?? whomToTell(remembered.contacts, each.unitIds, { always, nowMs: now.getTime() });
    whom.set(units, addresses);
    for (const address of addresses) {
      const key = addressKey(address);
      const known = things.get(key);
      if (known === undefined) things.set(key, { address, some: [each] });
      else known.some.push(each);
    }
  }
  return [...things.values()];
}

/** Things for which no other set is still to be tried: those that reached somebody, and those that reached nobody. */
export interface Settled {
  readonly told: readonly Blindness[];
  readonly untold: readonly Blindness[];
}

/** Keeps count of which things wait for one of their sets yet, and which have reached somebody. */
export class Tally {
  private readonly waits = new Map<number, number>();
  private readonly reached = new Set<number>();

  constructor(sets: readonly TellingSet[]) {
    for (const { some } of sets) for (const { id } of some) this.waits.set(id, (this.waits.get(id) ?? 0) + 1);
  }

  /** A set has been tried, and reached so many addresses. Answers what is settled by it. */
  tried({ some }: TellingSet, reached: number): Settled {
    const settled = some.filter(({ id }) => {
      const left = (this.waits.get(id) ?? 1) - 1;
      this.waits.set(id, left);
      if (reached > 0) this.reached.add(id);
      return left === 0;
    });
    return { told: settled.filter(({ id }) => this.reached.has(id)), untold: settled.filter(({ id }) => !this.reached.has(id)) };
  }
}
