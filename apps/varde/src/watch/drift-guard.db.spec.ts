import { testLog } from '../../../../test/engine.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { minutes, obs, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

jest.setTimeout(240_000);

const watch = testWatch();

const DAY = 1440;
const FOLLOWED_DAYS = 75;

async function aHome(): Promise<TestHome> {
  const home = await watch.aHome();
  const { manager } = watch.database.dataSource;
  await manager.query(`update wearer set from_at = from_at - interval '80 days' where patient_id = $1`, [home.patientId]);
  await manager.query(`update enrolment set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-FOLLOWED_DAYS * DAY)]);
  return home;
}

interface Measured {
  readonly back: number;
  readonly spo2: number;
}

/** One saturation a day: 95 % in the first two weeks, worse by half steps, and so for the last weeks. No day is far from its baseline. */
function worsening(down: number): Measured[] {
  return Array.from({ length: FOLLOWED_DAYS - 1 }, (_none, at) => {
    const back = FOLLOWED_DAYS - 1 - at;
    return { back, spo2: back > 60 ? 95 : back > 50 ? 95 - down / 2 : 95 - down };
  });
}

const store = (home: TestHome, { back, spo2 }: Measured, receivedAt = minutes(-back * DAY)) =>
  watch.ingest.take(obs(home, [spotCheck(minutes(-back * DAY), { spo2 })], { receivedAt, sentAt: receivedAt }));

const inPieces = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_none, at) => items.slice(at * size, (at + 1) * size));

/** As it is meant to be: each day as it comes. */
async function asTheyCome(home: TestHome, days: readonly Measured[]): Promise<void> {
  for (const some of inPieces(days, 7)) {
    for (const day of some) await store(home, day);
    await lookAtDue(watch.parts, minutes(-(some.at(-1)?.back ?? 0) * DAY + 1));
  }
}

/** A gateway that was away: everything now, every other day first and backwards. */
async function allLate(home: TestHome, days: readonly Measured[]): Promise<void> {
  const backwards = days.toReversed();
  const order = [...backwards.filter(({ back }) => back % 2 === 0), ...backwards.filter(({ back }) => back % 2 === 1)];
  for (const [place, some] of inPieces(order, 25).entries()) {
    for (const day of some) await store(home, day, minutes(place - 60));
    await lookAtDue(watch.parts, minutes(place - 59));
  }
}

/** Each day as it comes, and once more a week later. */
async function twice(home: TestHome, days: readonly Measured[]): Promise<void> {
  for (const [place, some] of inPieces(days, 7).entries()) {
    const at = minutes(-(some.at(-1)?.back ?? 0) * DAY + 1);
    for (const day of [...some, ...days.slice(Math.max(0, place - 1) * 7, place * 7)]) await store(home, day, at);
    await lookAtDue(watch.parts, at);
  }
}

async function driftOf(home: TestHome): Promise<unknown> {
  await lookAtDue(watch.parts, minutes(1));
  const { manager } = watch.database.dataSource;
  await lookAt(home, minutes(3));
  return manager.query(`select key, for_role, state, reason_en from task where patient_id = $1 and kind = 'baseline-drift'`, [
    home.patientId,
  ]);
}

const tasksOf = (home: TestHome): Promise<unknown> =>
  watch.database.dataSource.query(`select key, state from task where patient_id = $1 and kind = 'baseline-drift'`, [home.patientId]);

async function lookAt(home: TestHome, at: Date, parts: WatcherParts = watch.parts): Promise<void> {
  await watch.database.dataSource.query(`update patient_watch set due_at = $2 where patient_id = $1`, [home.patientId, at]);
  await lookAtDue(parts, at);
}

test('what no longer drifts is settled by the first look of the next day; looks in between do not ask', async () => {
  const home = await aHome();
  await asTheyCome(home, worsening(2));
  await lookAt(home, minutes(1));
  const open = [{ key: 'baseline-drift:spo2:0', state: 'open' }];
  expect(await tasksOf(home)).toEqual(open);
  // As if the first weeks had been read otherwise.
  await watch.database.dataSource.query(`update day_median set median = 93 where patient_id = $1 and metric = 'spo2' and median > 94`, [
    home.patientId,
  ]);
  await lookAt(home, minutes(2));
  expect(await tasksOf(home)).toEqual(open);
  await lookAt(home, minutes(DAY));
  expect(await tasksOf(home)).toEqual([{ ...open[0], state: 'settled' }]);
});

test('a look that failed has not asked: the next one does', async () => {
  const home = await aHome();
  for (const day of worsening(2)) await store(home, day);
  const judge: WatcherParts['judge'] = () => {
    throw new Error('made to fail');
  };
  await lookAt(home, minutes(1), { ...watch.parts, judge, log: testLog as unknown as Log });
  expect(await tasksOf(home)).toEqual([]);
  // Only the day tells the next look that there are days to compare: nothing is unseen any more.
  await watch.database.dataSource.query(`update patient_watch set unlooked_from = null where patient_id = $1`, [home.patientId]);
  await lookAt(home, minutes(2));
  expect(await tasksOf(home)).toEqual([{ key: 'baseline-drift:spo2:0', state: 'open' }]);
});

const WAYS = [
  ['as they come', asTheyCome],
  ['all late and in any order', allLate],
  ['each of them twice', twice],
] as const;

describe.each(WAYS)('readings %s', (_name, deliver) => {
  test('a baseline two points below that of the enrolment becomes one task for the physician', async () => {
    const home = await aHome();
    await deliver(home, worsening(2));
    expect(await driftOf(home)).toEqual([
      {
        ...{ key: 'baseline-drift:spo2:0', for_role: 'physician', state: 'open' },
        reason_en: expect.stringContaining('the personal baseline is now 93%, in the first weeks 95% (2 percentage points down)') as string,
      },
    ]);
  });

  test('one that is 1.9 below does not', async () => {
    const home = await aHome();
    await deliver(home, worsening(1.9));
    expect(await driftOf(home)).toEqual([]);
  });
});
