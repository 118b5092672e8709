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
import { addressKey, whomToTell, type Address } from './whom-to-tell.js';
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
  const reached = await tellOf(parts, blind, now, (some) => blindMessage(some, parts.player, now));
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
  const late = new Map<number, CaughtUp>();
  for (const each of over) late.set(each.id, await readCaughtUp(manager, each, now));
  const reached = await tellOf(parts, over, now, (some) =>
    overMessage(some, mostOf(some.flatMap(({ id }) => late.get(id) ?? [])), parts.player, now),
  );
  for (const id of reached) await saveOverTold(manager, [id], now, late.get(id) ?? mostOf([]));
  await saveNotTold(
    manager,
    idsOf(over).filter((id) => !reached.includes(id)),
    new Date(now.getTime() + NOBODY_REACHED_AGAIN_MS),
  );
}

/** One message for each set of things that the same addresses must know. Answers the ids of those that reached somebody. */
async function tellOf(
  { remembered, always, courier, log }: TellParts,
  all: readonly Blindness[],
  now: Date,
  say: (some: readonly Blindness[]) => BlindMessage,
): Promise<number[]> {
  const sets = new Map<string, { some: Blindness[]; addresses: Address[] }>();
  const whom = all.map((each) => whomToTell(remembered.contacts, each.unitIds, { always, nowMs: now.getTime() }));
  const addresses = new Map(whom.flat().map((address) => [addressKey(address), address]));
  for (const [key, address] of addresses) {
    const some = all.filter((_, place) => whom[place]?.some((each) => addressKey(each) === key));
    const name = idsOf(some).join(',');
    const set = sets.get(name) ?? { some, addresses: [] };
    set.addresses.push(address);
    sets.set(name, set);
  }
  if (all.length > 0 && addresses.size === 0)
    log.error({ blind: all.map(({ part, why }) => `${part} ${why}`) }, 'nobody can be told: no contact is known');
  const told = [...sets.values()].map(async ({ some, addresses: to }) =>
    (await tellEverybody(courier, to, say(some), log)) > 0 ? idsOf(some) : [],
  );
  return [...new Set((await Promise.all(told)).flat())];
}

const idsOf = (all: readonly Blindness[]): number[] => all.map(({ id }) => id);

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
function nameOf(some: readonly Pick<Blindness, 'id'>[]): string {
  const ids = some.map(({ id }) => id).join('-');
  return some.length <= NAMED_MAX ? ids : `${some.length}-${createHash('sha256').update(ids).digest('hex')}`;
}

/** The message that these are blind. */
export function blindMessage(some: readonly BlindFacts[], player: Player, now: Date): BlindMessage {
  const since = new Date(Math.min(...some.map((each) => each.since.getTime())));
  return {
    key: `blind-${nameOf(some)}-${hourOf(since, now)}`,
    kind: 'blind',
    text: sayBlind(some, now),
    facts: { blind: some.map(factsOf), toldBy: player },
  };
}

function overMessage(some: readonly Blindness[], late: CaughtUp, player: Player, now: Date): BlindMessage {
  const key = `sees-again-${nameOf(some)}`;
  return { key, kind: 'sees_again', text: saySeesAgain(some, late, now), facts: { blind: some.map(factsOf), late, toldBy: player } };
}

function factsOf({ part, subject, why, since, to, detail }: BlindFacts): object {
  return { part, subject, why, since, to, detail };
}
