import type { Act } from '../device.js';
import { seededChance } from '../person/chance.js';
import { sessionsBetween } from './habit.js';
import { Home, type HomeSetup } from './home.js';

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
}

/** A running fleet. */
export interface Fleet {
  readonly homes: readonly Home[];
  /** Resolves when every home has lived up to now. */
  readonly caughtUp: Promise<void>;
  stop(): Promise<void>;
}

const TICK_MS = 250;
/** Homes that connect or live through their past at the same time. */
const AT_ONCE = 20;

/** Starts any number of homes, each on its own connection; the same seeds give the same readings. */
export function startFleet(options: FleetOptions): Fleet {
  const homes = options.homes.map((setup) => new Home(setup, options.url));
  let stopped = false;
  const isStopped = (): boolean => stopped;
  const caughtUp = inTurns(homes, async (home) => {
    await home.connected();
    if (options.speed === 0) await live(options, home, options.from, new Date());
  });
  const startedAt = new Date();
  const running = caughtUp.then(() => Promise.all(homes.map((home) => goOn(options, home, startedAt, isStopped))));
  return {
    homes,
    caughtUp,
    stop: async () => {
      stopped = true;
      await Promise.all(homes.map((home) => home.stop()));
      await running.catch(() => undefined); // a home cut off in the middle of a session has nothing left to say
    },
  };
}

async function live(options: FleetOptions, home: Home, from: Date, to: Date): Promise<void> {
  const moments = sessionsBetween(home.setup.person, home.setup.zone, from, to);
  if (moments.length === 0) return;
  const acts = await home.measure(moments);
  options.onSession?.(home, moments.at(-1) ?? to, acts);
}

async function goOn(options: FleetOptions, home: Home, startedAt: Date, isStopped: () => boolean): Promise<void> {
  if (options.everyMs !== null) return measureEvery(options, home, options.everyMs, isStopped);
  let livedTo = options.speed === 0 ? startedAt : options.from;
  while (!isStopped()) {
    const now = new Date();
    const reached = options.from.getTime() + (now.getTime() - startedAt.getTime()) * (options.speed || 1);
    const to = options.speed === 0 ? now : new Date(Math.min(now.getTime(), reached));
    if (to > livedTo) await live(options, home, livedTo, to);
    livedTo = to > livedTo ? to : livedTo;
    await pause(TICK_MS);
  }
}

async function measureEvery(options: FleetOptions, home: Home, everyMs: number, isStopped: () => boolean): Promise<void> {
  const chance = seededChance(`${home.setup.person.seed}/every`);
  // Whoever is getting worse measures first and most often, as people do who feel it.
  const isWorsening = home.setup.person.worseningFrom !== null;
  await pause(isWorsening ? 0 : chance.next() * everyMs);
  while (!isStopped()) {
    const at = new Date();
    const acts = await home.measure([at]);
    options.onSession?.(home, at, acts);
    await pause(isWorsening ? everyMs / 12 : everyMs * (0.8 + 0.4 * chance.next()));
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
