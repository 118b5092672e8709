import { createHash } from 'node:crypto';
import {
  claimTellings,
  saveNotTold,
  saveOverTold,
  saveTold,
  type Blindness,
  type CaughtUp,
  type Database,
  type Player,
} from '@varde/store';
import type { Log } from '../log.js';
import { countedTogether, LateCounts } from './late-counts.js';
import type { Remembered } from './remembered.js';
import { AGAIN_MS, hourOf, NOBODY_REACHED_AGAIN_MS } from './silence.js';
import { tellEverybody, type BlindMessage, type Courier } from './teller.js';
import { setsOf, Tally, type Settled } from './telling-sets.js';
import { unitsOf, type Address } from './whom-to-tell.js';
import { sayBlind, saySeesAgain, type BlindWords } from './words.js';

/** Longer than telling takes: what one process tells no other does. */
const LEASE_MS = 60_000;
/** A message about more than these is named by a digest: a header and a line of mail hold no more. */
const NAMED_MAX = 10;
/** A webhook names no more gateways than these, and says how many they are. */
const GATEWAYS_NAMED_MAX = 100;

/** What telling needs. */
export interface TellParts {
  readonly database: Database;
  readonly remembered: Remembered;
  /** Addresses of the settings, told whatever it is. */
  readonly always: readonly Address[];
  readonly courier: Courier;
  readonly player: Player;
  readonly log: Log;
}

/** Tells what is due to be told as blind, each to whom it touches; what one address must know at once is one message. */
export async function tellBlindDue(parts: TellParts, now: Date): Promise<void> {
  const { manager } = parts.database.dataSource;
  const blind = await claimTellings(manager, 'blind', now, LEASE_MS);
  const save = async (told: readonly Blindness[]): Promise<void> => {
    const [gateways, others] = [told.filter(({ part }) => part === 'gateway'), told.filter(({ part }) => part !== 'gateway')];
    // The gateway of a home is told once: its row on the worklist says it.
    await saveTold(manager, idsOf(gateways), now, null);
    await saveTold(manager, idsOf(others), now, new Date(now.getTime() + AGAIN_MS));
  };
  await tellOf(parts, blind, now, { say: (some) => Promise.resolve(blindMessage(some, parts.player, now)), unitsFor: () => null, save });
}

/** Tells what is due to be told as over, and what was late because of it; to a unit, of what is theirs. */
export async function tellOverDue(parts: TellParts, now: Date): Promise<void> {
  const { manager } = parts.database.dataSource;
  const over = await claimTellings(manager, 'over', now, LEASE_MS);
  const late = new LateCounts(manager, now);
  const say = async (some: readonly Blindness[], unitIds: readonly number[] | null): Promise<BlindMessage> =>
    overMessage(some, { late: await late.mostOf(some, unitIds), unitIds }, parts.player, now);
  const save = async (told: readonly Blindness[]): Promise<void> => {
    const toldIds = new Set(idsOf(told));
    for (const alike of countedTogether(over)) {
      const ids = idsOf(alike).filter((id) => toldIds.has(id));
      if (ids.length > 0) await saveOverTold(manager, ids, now, await late.of(alike, null));
    }
  };
  const unitsFor = (address: Address): readonly number[] | null => unitsOf(parts.remembered.contacts, address, parts.always);
  await tellOf(parts, over, now, { say, unitsFor, save });
}

/** How something is told: in which words, of whose patients an address is told (null: of all), and how it is written down that it was. */
interface Saying {
  readonly say: (some: readonly Blindness[], unitIds: readonly number[] | null) => Promise<BlindMessage>;
  readonly unitsFor: (address: Address) => readonly number[] | null;
  readonly save: (told: readonly Blindness[]) => Promise<void>;
}

/**
 * One message for each set of things that the same addresses must know. A thing is written down as told when all its sets have been tried: should
 * this process end before, another tells those it did not come to.
 */
async function tellOf(parts: TellParts, all: readonly Blindness[], now: Date, { say, unitsFor, save }: Saying): Promise<void> {
  if (all.length === 0) return;
  const { courier, log, database } = parts;
  const sets = setsOf(parts, all, now, unitsFor);
  const settle = async ({ told, untold }: Settled): Promise<void> => {
    if (told.length > 0) await save(told);
    const againAt = new Date(now.getTime() + NOBODY_REACHED_AGAIN_MS);
    if (untold.length > 0) await saveNotTold(database.dataSource.manager, idsOf(untold), againAt);
  };
  if (sets.length === 0) {
    log.error({ blind: [...new Set(all.map(({ part, why }) => `${part} ${why}`))] }, 'nobody can be told: no contact is known');
    return settle({ told: [], untold: all });
  }
  const tally = new Tally(sets);
  // One message is worded after another: together their questions would take every connection to the database.
  let worded: Promise<unknown> = Promise.resolve();
  const telling = sets.map(async (set) => {
    const message = worded.then(() => say(set.some, set.unitIds));
    worded = message.catch(() => undefined);
    await settle(tally.tried(set, await tellEverybody(courier, set.addresses, await message, log)));
  });
  await Promise.all(telling);
}

const idsOf = (all: readonly Pick<Blindness, 'id'>[]): number[] => all.map(({ id }) => id);

/** What a message says of something blind. */
type BlindFacts = BlindWords & Pick<Blindness, 'id' | 'subject'>;

/** Names these in a key: the same for the same, however many they are. */
function nameOf(ids: readonly number[]): string {
  const name = ids.join('-');
  return ids.length <= NAMED_MAX ? name : `${ids.length}-${createHash('sha256').update(name).digest('hex')}`;
}

/** The message that these are blind. */
export function blindMessage(some: readonly BlindFacts[], player: Player, now: Date): BlindMessage {
  const since = new Date(Math.min(...some.map((each) => each.since.getTime())));
  return {
    key: `blind-${nameOf(idsOf(some))}-${hourOf(since, now)}`,
    kind: 'blind',
    text: sayBlind(some, now),
    facts: { ...factsOf(some), toldBy: player },
  };
}

/** What was late, and of whose patients; null: of all. */
interface LateOf {
  readonly late: CaughtUp;
  readonly unitIds: readonly number[] | null;
}

function overMessage(some: readonly Blindness[], { late, unitIds }: LateOf, player: Player, now: Date): BlindMessage {
  const key = `sees-again-${nameOf(idsOf(some))}${unitIds === null ? '' : `-of-${nameOf(unitIds)}`}`;
  return { key, kind: 'sees_again', text: saySeesAgain(some, late, now), facts: { ...factsOf(some), late, toldBy: player } };
}

function factsOf(some: readonly BlindFacts[]): object {
  const gateways = some.filter(({ part }) => part === 'gateway');
  const named = [...some.filter(({ part }) => part !== 'gateway'), ...gateways.slice(0, GATEWAYS_NAMED_MAX)];
  return {
    blind: named.map(({ part, subject, why, since, to, detail }) => ({ part, subject, why, since, to, detail })),
    gateways: gateways.length,
  };
}
