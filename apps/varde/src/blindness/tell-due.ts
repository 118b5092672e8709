import { createHash } from 'node:crypto';
import {
  claimTellings,
  readCaughtUp,
  saveNotTold,
  saveOverTold,
  saveTold,
  type Blindness,
  type CaughtUp,
  type Database,
  type Player,
} from '@varde/store';
import type { Log } from '../log.js';
import type { Remembered } from './remembered.js';
import { AGAIN_MS, hourOf, NOBODY_REACHED_AGAIN_MS } from './silence.js';
import { tellEverybody, type BlindMessage, type Courier } from './teller.js';
import { addressKey, unitsOf, whomToTell, type Address } from './whom-to-tell.js';
import { sayBlind, saySeesAgain, type BlindWords } from './words.js';

/** Longer than telling takes: what one process tells no other does. */
const LEASE_MS = 60_000;
/** A message about more than these is named by a digest: a header and a line of mail hold no more. */
const NAMED_MAX = 10;

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

/** Tells what is due to be told, each to whom it touches; what one address must know at once is one message. */
export async function tellDue(parts: TellParts, now: Date): Promise<void> {
  const { manager } = parts.database.dataSource;
  const due = await claimTellings(manager, now, LEASE_MS);
  if (due.length === 0) return;
  const [over, blind] = [due.filter(({ to }) => to !== null), due.filter(({ to }) => to === null)];
  await Promise.all([tellBlind(parts, blind, now), tellOver(parts, over, now)]);
}

async function tellBlind(parts: TellParts, blind: readonly Blindness[], now: Date): Promise<void> {
  const say = (some: readonly Blindness[]): Promise<BlindMessage> => Promise.resolve(blindMessage(some, parts.player, now));
  const reached = await tellOf(parts, blind, now, { say, unitsFor: () => null });
  const { manager } = parts.database.dataSource;
  const told = blind.filter(({ id }) => reached.includes(id));
  const [gateways, others] = [told.filter(({ part }) => part === 'gateway'), told.filter(({ part }) => part !== 'gateway')];
  // The gateway of a home is told once: its row on the worklist says it.
  await saveTold(manager, idsOf(gateways), now, null);
  await saveTold(manager, idsOf(others), now, new Date(now.getTime() + AGAIN_MS));
  await saveNotTold(
    manager,
    idsOf(blind).filter((id) => !reached.includes(id)),
    new Date(now.getTime() + NOBODY_REACHED_AGAIN_MS),
  );
}

async function tellOver(parts: TellParts, over: readonly Blindness[], now: Date): Promise<void> {
  const { manager } = parts.database.dataSource;
  const say = async (some: readonly Blindness[], unitIds: readonly number[] | null): Promise<BlindMessage> => {
    const late: CaughtUp[] = [];
    for (const each of some) late.push(await readCaughtUp(manager, each, now, unitIds));
    return overMessage(some, { late: mostOf(late), unitIds }, parts.player, now);
  };
  const unitsFor = (address: Address): readonly number[] | null => unitsOf(parts.remembered.contacts, address, parts.always);
  const reached = await tellOf(parts, over, now, { say, unitsFor });
  for (const each of over.filter(({ id }) => reached.includes(id)))
    await saveOverTold(manager, [each.id], now, await readCaughtUp(manager, each, now));
  await saveNotTold(
    manager,
    idsOf(over).filter((id) => !reached.includes(id)),
    new Date(now.getTime() + NOBODY_REACHED_AGAIN_MS),
  );
}

/** How something is told: in which words, and of whose patients an address is told; null: of all. */
interface Saying {
  readonly say: (some: readonly Blindness[], unitIds: readonly number[] | null) => Promise<BlindMessage>;
  readonly unitsFor: (address: Address) => readonly number[] | null;
}

/** One message for each set of things that the same addresses must know. Answers the ids of those that reached somebody. */
async function tellOf(
  { remembered, always, courier, log }: TellParts,
  all: readonly Blindness[],
  now: Date,
  { say, unitsFor }: Saying,
): Promise<number[]> {
  const sets = new Map<string, { some: Blindness[]; unitIds: readonly number[] | null; addresses: Address[] }>();
  const whom = all.map((each) => whomToTell(remembered.contacts, each.unitIds, { always, nowMs: now.getTime() }));
  const addresses = new Map(whom.flat().map((address) => [addressKey(address), address]));
  for (const [key, address] of addresses) {
    const some = all.filter((_, place) => whom[place]?.some((each) => addressKey(each) === key));
    const unitIds = unitsFor(address);
    const name = `${idsOf(some).join(',')}/${unitIds?.join(',') ?? ''}`;
    const set = sets.get(name) ?? { some, unitIds, addresses: [] };
    set.addresses.push(address);
    sets.set(name, set);
  }
  if (all.length > 0 && addresses.size === 0)
    log.error({ blind: all.map(({ part, why }) => `${part} ${why}`) }, 'nobody can be told: no contact is known');
  const told = [...sets.values()].map(async ({ some, unitIds, addresses: to }) =>
    (await tellEverybody(courier, to, await say(some, unitIds), log)) > 0 ? idsOf(some) : [],
  );
  return [...new Set((await Promise.all(told)).flat())];
}

const idsOf = (all: readonly Pick<Blindness, 'id'>[]): number[] => all.map(({ id }) => id);

function mostOf(all: readonly CaughtUp[]): CaughtUp {
  const most = (of: (each: CaughtUp) => number): number => Math.max(0, ...all.map(of));
  return {
    readingsLate: most((each) => each.readingsLate),
    patientsLate: most((each) => each.patientsLate),
    noticesLate: most((each) => each.noticesLate),
    stillWaiting: most((each) => each.stillWaiting),
    homesUntold: most((each) => each.homesUntold),
    noticesGivenUp: most((each) => each.noticesGivenUp),
  };
}

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
    facts: { blind: some.map(factsOf), toldBy: player },
  };
}

/** What was late, and of whose patients; null: of all. */
interface LateOf {
  readonly late: CaughtUp;
  readonly unitIds: readonly number[] | null;
}

function overMessage(some: readonly Blindness[], { late, unitIds }: LateOf, player: Player, now: Date): BlindMessage {
  const key = `sees-again-${nameOf(idsOf(some))}${unitIds === null ? '' : `-of-${nameOf(unitIds)}`}`;
  return { key, kind: 'sees_again', text: saySeesAgain(some, late, now), facts: { blind: some.map(factsOf), late, toldBy: player } };
}

function factsOf({ part, subject, why, since, to, detail }: BlindFacts): object {
  return { part, subject, why, since, to, detail };
}
