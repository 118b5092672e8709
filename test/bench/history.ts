import type { Log } from '../../apps/varde/src/log.js';
import { openLog } from '../../apps/varde/src/log.js';
import { openCatalogue } from '../../apps/varde/src/catalogue.js';
import { lookAtDue, type WatcherParts } from '../../apps/varde/src/watch/watcher.js';
import { foundCommunity, type Community } from './homes.js';
import { addReadings, fillPast } from './past.js';
import { openBenchDatabase, type Bench, type BenchDatabase, type Run } from './rig.js';
import { medianOf, rounded } from './statistics.js';

const PATIENTS = 200;
const TRIAL_PATIENTS = 20;
const ACTS_PER_DAY = 3;
const MONTH_DAYS = 30;
const YEARS_DAYS = 3 * 365;
const WARM_UP_ROUNDS = 5;
const BATCH = 200;

interface Arm {
  readonly name: string;
  readonly bench: BenchDatabase;
  readonly community: Community;
  readonly parts: WatcherParts;
  readonly readings: number;
}

/** Looks a second with three years of history over those with one month, in two databases on one server, turn by turn. */
export const history: Bench = async (run) => {
  const log = openLog('error');
  const opened: BenchDatabase[] = [];
  try {
    const arms: Arm[] = [];
    for (const [name, days] of [
      ['month', MONTH_DAYS],
      ['years', YEARS_DAYS],
    ] as const) {
      const bench = await openBenchDatabase(run.server);
      opened.push(bench);
      arms.push(await prepare(run, { name, days, bench, log }));
    }
    return [await compare(run, arms)];
  } finally {
    for (const bench of opened) await bench.close();
  }
};

async function prepare(run: Run, { name, days, bench, log }: { name: string; days: number; bench: BenchDatabase; log: Log }): Promise<Arm> {
  const { database } = bench;
  const until = new Date();
  const since = new Date(until.getTime() - days * 86_400_000);
  const community = await foundCommunity(database, run.devices ?? (run.isTrial ? TRIAL_PATIENTS : PATIENTS), since);
  const startedMs = performance.now();
  await fillPast(database, community, { days, actsPerDay: ACTS_PER_DAY, until });
  const [row] = await database.dataSource.query<{ n: number }[]>('select count(*)::int as n from reading');
  run.say(`history: ${row?.n ?? 0} readings of ${days} days in ${rounded((performance.now() - startedMs) / 1000, 1)} s`);
  const parts: WatcherParts = { database, catalogue: await openCatalogue(), batch: BATCH, log };
  return { name, bench, community, parts, readings: row?.n ?? 0 };
}

async function compare(run: Run, arms: readonly Arm[]) {
  const idle = await run.quiet();
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const arm of arms) await lookAtEverybody(arm);
  const perSec: Record<string, number[]> = { month: [], years: [] };
  const rounds = run.isTrial ? 5 : run.pairs * 6;
  for (let round = 0; round < rounds; round++) {
    // Who begins changes, so that a drift of the machine falls on both.
    for (const arm of round % 2 === 0 ? arms : [...arms].reverse()) perSec[arm.name]?.push(await lookAtEverybody(arm));
  }
  const [month = [], years = []] = [perSec['month'], perSec['years']];
  const ratios = years.map((rate, at) => rate / (month[at] ?? Number.NaN));
  const episodes = await Promise.all(
    arms.map(
      async ({ bench }) => (await bench.database.dataSource.query<{ n: number }[]>('select count(*)::int as n from episode_domain'))[0]?.n,
    ),
  );
  return {
    bench: 'history',
    figure: 'looks/s with 3 years of history over 1 month',
    value: rounded(medianOf(ratios), 3),
    range: [rounded(Math.min(...ratios), 3), rounded(Math.max(...ratios), 3)] as const,
    gate: 0.9,
    aim: 1.0,
    better: 'higher' as const,
    detail: {
      looksPerSec: { month: rounded(medianOf(month)), years: rounded(medianOf(years)) },
      readings: Object.fromEntries(arms.map(({ name, readings }) => [name, readings])),
      patients: arms[0]?.community.homes.length,
      rounds,
      openEpisodes: episodes,
      idleBefore: idle,
    },
  };
}

/** One new reading each, then looks until everybody was looked at; looks a second, the reading itself not counted in. */
async function lookAtEverybody({ bench, community, parts }: Arm): Promise<number> {
  const now = new Date();
  await addReadings(bench.database, community, now);
  const startedMs = performance.now();
  let looked = 0;
  for (;;) {
    const round = await lookAtDue(parts, new Date(now.getTime() + 2_000));
    if (round.failed > 0) throw new Error(`${round.failed} looks failed`);
    if (round.looked === 0) break;
    looked += round.looked;
  }
  if (looked < community.homes.length) throw new Error(`only ${looked} patients were looked at`);
  return looked / ((performance.now() - startedMs) / 1000);
}
