import type { Act } from '../device.js';
import { seededChance } from '../person/chance.js';
import { sessionsBetween } from './habit.js';
import { Home, HomeOver, type HomeSetup } from './home.js';

/** How a fleet of homes lives. */
export interface FleetOptions {
  /** Address of the broker, `mqtt://host:port`. */
  readonly url: string;
  readonly homes: readonly HomeSetup[];
  /** Where the homes' lives begin; what lies before now is lived through at once or at `speed`. */
  readonly from: Date;
  /** How fast the past is lived: 1 is real time, 0 as fast as it can be sent. Nobody measures in the future: at now it is real time. */
  readonly speed: number;
  /** Measure this often instead of by habit, in milliseconds; null: by habit. For demonstrations. */
  readonly everyMs: number | null;
  /** Told of each session of a home. */
  readonly onSession?: (home: Home, at: Date, acts: readonly Act[]) => void;
  /** Told of each home that the broker does not let in; the others live on without it. */
  readonly onRefused?: (home: Home, why: string) => void;
}

/** A running fleet. */
export interface Fleet {
  readonly homes: readonly Home[];
  /** Resolves when every home has lived up to now, was refused or was stopped; answers those that have. At a speed of 1 or less nobody gets there. */
  readonly caughtUp: Promise<readonly Home[]>;
  stop(): Promise<void>;
}

const TICK_MS = 250;
/** Homes that connect or live through their past at the same time. */
const AT_ONCE = 20;

/** Starts any number of homes, each on its own connection; the same seeds give the same readings. */
export function startFleet(options: FleetOptions): Fleet {
  const homes = options.homes.map((setup) => new Home(setup, options.url));
  const livedTo = catchUp(options, homes, new Date());
  const running = livedTo.then((lived) =>
    Promise.all([...lived].map(([home, to]) => whileThere(options, home, () => goOn(options, home, to)))),
  );
  return {
    homes,
    caughtUp: livedTo.then((lived) => [...lived.keys()]),
    stop: async () => {
      await Promise.all(homes.map((home) => home.stop()));
      await running;
    },
  };
}

/** Answers how far each home has lived that is still there. */
async function catchUp(options: FleetOptions, homes: readonly Home[], startedAt: Date): Promise<ReadonlyMap<Home, Date>> {
  const livedTo = new Map<Home, Date>();
  await inTurns(homes, (home) =>
    whileThere(options, home, async () => {
      await home.connected();
      livedTo.set(home, options.speed === 0 ? await liveToNow(options, home, options.from) : options.from);
    }),
  );
  if (options.speed === 0) return livedTo;
  // Each takes as long as the others, so they do not wait for one another.
  const slowly = [...livedTo.keys()];
  livedTo.clear();
  await Promise.all(
    slowly.map((home) => whileThere(options, home, async () => void livedTo.set(home, await liveAtSpeed(options, home, startedAt)))),
  );
  return livedTo;
}

/** A part of a home's life, which ends early when the home does. */
async function whileThere(options: FleetOptions, home: Home, life: () => Promise<void>): Promise<void> {
  try {
    await life();
  } catch (error) {
    if (!(error instanceof HomeOver)) throw error;
    if (error.refusal !== null) options.onRefused?.(home, error.refusal);
  }
}

async function live(options: FleetOptions, home: Home, from: Date, to: Date): Promise<void> {
  const moments = sessionsBetween(home.setup.person, home.setup.zone, from, to);
  if (moments.length === 0) return;
  const acts = await home.measure(moments);
  options.onSession?.(home, moments.at(-1) ?? to, acts);
}

async function liveToNow(options: FleetOptions, home: Home, from: Date): Promise<Date> {
  const now = new Date();
  if (now <= from) return from;
  await live(options, home, from, now);
  return now;
}

async function liveAtSpeed(options: FleetOptions, home: Home, startedAt: Date): Promise<Date> {
  let livedTo = options.from;
  for (;;) {
    const now = new Date();
    const reached = options.from.getTime() + (now.getTime() - startedAt.getTime()) * options.speed;
    const to = new Date(Math.min(now.getTime(), reached));
    if (to > livedTo) await live(options, home, livedTo, to);
    livedTo = to > livedTo ? to : livedTo;
    if (livedTo >= now) return livedTo;
    await home.rest(TICK_MS);
  }
}

async function goOn(options: FleetOptions, home: Home, from: Date): Promise<void> {
  if (options.everyMs !== null) return measureEvery(options, home, options.everyMs);
  for (let livedTo = from; ; await home.rest(TICK_MS)) livedTo = await liveToNow(options, home, livedTo);
}

async function measureEvery(options: FleetOptions, home: Home, everyMs: number): Promise<void> {
  const chance = seededChance(`${home.setup.person.seed}/every`);
  // Whoever is getting worse measures first and most often, as people do who feel it.
  const isWorsening = home.setup.person.worseningFrom !== null;
  await home.rest(isWorsening ? 0 : chance.next() * everyMs);
  for (;;) {
    const at = new Date();
    const acts = await home.measure([at]);
    options.onSession?.(home, at, acts);
    await home.rest(isWorsening ? everyMs / 12 : everyMs * (0.8 + 0.4 * chance.next()));
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
