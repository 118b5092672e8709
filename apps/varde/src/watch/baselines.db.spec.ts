import { look, rehearse, type LookInput } from '@varde/look';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { readDailyMedians, readHistories, readPlans, unpackHistory } from '@varde/store';
import fc from 'fast-check';
import type { OutgoingReading } from '@varde/wire';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { openCatalogue } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

// Many readings, on an engine that may have one backend and a machine with much else to do.
jest.setTimeout(240_000);

let db: TestDatabase;
let ingest: Ingest;
let parts: WatcherParts;
let homes = 0;
const given = new Map<number, LookInput>();

beforeAll(async () => {
  db = await openTestDatabase();
  const judge: typeof look = (input) => {
    given.set(input.plan.patientId, input);
    return look(input);
  };
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log, judge };
  ingest = openTestIngest(db.database, { checkCredentials: false }).ingest;
});
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
const DAY = 1440;

/** A home that has been followed for 80 days. */
async function aHome(): Promise<TestHome> {
  const home = await makeTestHome(db.database, `b${++homes}`);
  await query(`update wearer set from_at = from_at - interval '80 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-75 * DAY)]);
  return home;
}

async function store(home: TestHome, reading: OutgoingReading, receivedAt: Date): Promise<void> {
  await ingest.take(obs(home, [reading], { receivedAt, sentAt: receivedAt }));
}

const inPieces = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

const mediansOf = (home: TestHome) =>
  query<{ metric: string; day: string; median: number; highest: number; readings: number }>(
    `select metric, day::text, median, highest, readings from day_median where patient_id = $1 order by metric, day`,
    [home.patientId],
  );
const inOrder = ({ dailyMedians, firstDays = [] }: Pick<LookInput['window'], 'dailyMedians' | 'firstDays'>) =>
  [...firstDays, ...dailyMedians].sort((a, b) => (a.metric + a.day < b.metric + b.day ? -1 : 1));
const givenTo = (home: TestHome) => inOrder(given.get(home.patientId)?.window ?? { dailyMedians: [] });

test('days come to the same whether readings came in order, late, or twice', async () => {
  const day = fc.record({
    back: fc.integer({ min: 1, max: 74 }),
    minute: fc.integer({ min: -400, max: 400 }),
    spo2: fc.integer({ min: 89, max: 97 }),
  });
  const drawn = fc.uniqueArray(day, { minLength: 24, maxLength: 36, selector: ({ back, minute }) => `${back} ${minute}` });
  await fc.assert(
    fc.asyncProperty(drawn, fc.infiniteStream(fc.nat()), async (days, chance) => {
      const acts = days
        .map(({ back, minute, spo2 }) => ({ at: minutes(-back * DAY + minute), spo2 }))
        .sort((a, b) => a.at.getTime() - b.at.getTime());
      const [inOrder, anyhow] = [await aHome(), await aHome()];
      for (const some of inPieces(acts, 9)) {
        await Promise.all(some.map(({ at, spo2 }) => store(inOrder, spotCheck(at, { spo2 }), at)));
        await lookAtDue(parts, some.at(-1)?.at ?? NOW);
      }
      const shuffled = acts
        .map((act) => ({ act, key: chance.next().value as number }))
        .sort((one, other) => one.key - other.key)
        .map(({ act }) => act);
      for (const [place, some] of inPieces([...shuffled, ...shuffled.slice(0, 12)], 13).entries()) {
        await Promise.all(some.map(({ at, spo2 }) => store(anyhow, spotCheck(at, { spo2 }), minutes(place - 300))));
        await lookAtDue(parts, minutes(place - 299));
      }
      for (const home of [inOrder, anyhow]) {
        // The last look of both is given the same: one more reading of now.
        await store(home, spotCheck(NOW), NOW);
        // A day has ended for both, so that the first weeks come along too.
        await query(`update patient_watch set due_at = $2, summarised_to = summarised_to - 1 where patient_id = $1`, [home.patientId, NOW]);
        await query(`update episode set opened_at = $2 where patient_id = $1`, [home.patientId, NOW]);
      }
      await lookAtDue(parts, minutes(1));
      expect(await mediansOf(anyhow)).toEqual(await mediansOf(inOrder));
      expect(givenTo(anyhow)).toEqual(givenTo(inOrder));
      expect(givenTo(inOrder).length).toBeGreaterThan(12);
    }),
    { numRuns: 2 },
  );
});

test('a reading of twenty days ago changes its day; one after exercise or in doubt does not; the highest is kept', async () => {
  const home = await aHome();
  for (let back = 30; back >= 1; back--) await store(home, spotCheck(minutes(-back * DAY)), minutes(-back * DAY));
  await lookAtDue(parts, NOW);
  const of = async (back: number) => {
    const day = minutes(-back * DAY)
      .toISOString()
      .slice(0, 10);
    return (await mediansOf(home)).find((each) => each.metric === 'spo2' && each.day === day);
  };
  expect(await of(20)).toMatchObject({ median: 93, highest: 93, readings: 1 });
  await store(home, spotCheck(minutes(-20 * DAY + 60), { spo2: 96 }), minutes(1));
  await store(home, spotCheck(minutes(-20 * DAY + 90), { spo2: 81, context: { activity: 'after-exercise' } }), minutes(1));
  await store(home, spotCheck(minutes(-20 * DAY + 95), { spo2: 80, quality: 'questionable' }), minutes(1));
  await lookAtDue(parts, minutes(2));
  expect(await of(20)).toMatchObject({ median: 94.5, highest: 96, readings: 2 });
  const doubts = await query(`select doubt from reading where patient_id = $1 and value in (80, 81) order by value`, [home.patientId]);
  expect(doubts).toEqual([{ doubt: 'device-questionable' }, { doubt: 'after-exercise' }]);
});

/** A day that was summarised long ago, so many days before now. */
async function summarised(home: TestHome, days: readonly (readonly [metric: string, back: number, median: number])[]): Promise<void> {
  await query(
    `insert into day_median (patient_id, metric, day, median, readings)
     select $1, metric, $2::date - back, median, 1 from unnest($3::text[], $4::int[], $5::float8[]) as d (metric, back, median)`,
    [home.patientId, NOW, days.map(([metric]) => metric), days.map(([, back]) => back), days.map(([, , median]) => median)],
  );
  await query(`update patient_watch set due_at = $2, summarised_to = $3 where patient_id = $1`, [home.patientId, NOW, minutes(-2 * DAY)]);
}
const backOf = (home: TestHome, name: string) =>
  givenTo(home)
    .filter(({ metric }) => metric === name)
    .map(({ day }) => Math.floor(NOW.getTime() / 86_400_000) - day)
    .sort((a, b) => b - a);
const daysBack = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, at) => from - at);

test('weights are read half a year back, others for their baseline; the first 42 measured days come along, whenever they were', async () => {
  const home = await aHome();
  const last = [300, 195, 194, 180, 41, 40, 39, 5];
  await summarised(home, [
    ...[387, ...last].map((back) => ['weight', back, 80] as const),
    ...[...daysBack(500, 459), 386, ...last].map((back) => ['spo2', back, 80] as const),
    ...[...daysBack(500, 459), ...last].map((back) => ['cat-score', back, 80] as const),
    ...[...daysBack(500, 459), 386, ...last].map((back) => ['o2-flow', back, 1] as const),
    ...[71, 70, 69, 5].map((back) => ['mmrc-grade', back, 80] as const),
  ]);
  await lookAtDue(parts, minutes(1));
  expect(backOf(home, 'weight')).toEqual([387, ...last]);
  expect(backOf(home, 'spo2')).toEqual([...daysBack(500, 459), 40, 39, 5]);
  // Whether oxygen was used in the first weeks.
  expect(backOf(home, 'o2-flow')).toEqual([...daysBack(500, 459), 40, 39, 5]);
  // Of what is reported once a week, the report before it and all of that report's baseline.
  expect(backOf(home, 'mmrc-grade')).toEqual([70, 69, 5]);
  // Nobody compares it with its first weeks.
  expect(backOf(home, 'cat-score')).toEqual([41, 40, 39, 5]);
  // Summarised before the highest was kept: the median stands in.
  expect(givenTo(home).every(({ median, highest }) => highest === median)).toBe(true);

  // No day has ended since: a second look that day is not given the first weeks again.
  await query(`update patient_watch set due_at = $2 where patient_id = $1`, [home.patientId, minutes(2)]);
  await lookAtDue(parts, minutes(3));
  expect(given.get(home.patientId)?.window).not.toHaveProperty('firstDays');
  expect(backOf(home, 'spo2')).toEqual([40, 39, 5]);
});

async function closedEpisode(home: TestHome, fromBack: number, toBack: number): Promise<void> {
  await query(
    `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, closed_at, outcome, pathway_id,
       pathway_version, ladder_started_at, version)
     select p.id, '{respiratory}', 'yellow', '[]', $2, $2, $3, $4, 'settled', p.pathway_id, 1, $2, 1 from patient p where p.id = $1`,
    [home.patientId, minutes(-fromBack * DAY), home.community.dhoId, minutes(-toBack * DAY)],
  );
}

test('days of an episode of the domain are marked, also those of the first weeks', async () => {
  const home = await aHome();
  for (let back = 74; back >= 1; back--) await store(home, spotCheck(minutes(-back * DAY)), minutes(-back * DAY));
  await closedEpisode(home, 70, 69);
  await lookAtDue(parts, NOW);
  const left = givenTo(home).filter(({ metric, leftOut }) => metric === 'spo2' && leftOut === true);
  expect(left.map(({ day }) => day)).toEqual(
    [70, 69, 68, 67, 66, 65, 64, 63, 62].map((back) => Math.floor(NOW.getTime() / 86_400_000) - back),
  );
});

test('a programme of years before, an episode in the first fortnight, oxygen: drift is found, and a rehearsal is given the same days', async () => {
  const home = await aHome();
  await query(`update enrolment set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-900 * DAY)]);
  // One that opened before the first saturation, and one of the year that followed, which says nothing of the first weeks.
  await closedEpisode(home, 310, 292);
  await closedEpisode(home, 230, 228);
  await summarised(home, [
    ...daysBack(300, 1).map((back) => ['spo2', back, back > 250 ? 95 : back > 200 ? 94 : 93] as const),
    ...daysBack(300, 1).map((back) => ['o2-flow', back, back > 200 ? 1 : 2] as const),
  ]);
  await lookAtDue(parts, minutes(1));
  const day = (back: number): number => Math.floor(NOW.getTime() / 86_400_000) - back;
  const given = givenTo(home).filter(({ metric }) => metric === 'spo2');
  expect(given.filter(({ leftOut }) => leftOut === true).map((each) => each.day)).toEqual(daysBack(300, 285).map(day));
  expect(await query(`select key, reason_en from task where patient_id = $1 and kind = 'baseline-drift'`, [home.patientId])).toEqual([
    {
      key: 'baseline-drift:spo2:10',
      reason_en: expect.stringContaining('is now 93%, in the first weeks 95% (2 percentage points down)') as string,
    },
  ]);

  const { manager } = db.database.dataSource;
  const { catalogue } = parts;
  for (const from of [NOW, minutes(-100 * DAY), minutes(-280 * DAY)]) {
    const asked = { from, to: minutes(1), metrics: catalogue.metrics, baselineMetrics: catalogue.baselineMetrics };
    const history = unpackHistory((await readHistories(manager, [home.patientId], asked)).get(home.patientId)!);
    const agreed = (await readPlans(manager, [home.patientId], NOW)).get(home.patientId)!;
    const seen: LookInput[] = [];
    rehearse({
      ...{ ...history, recorded: [], from, to: from, onLook: (input: LookInput) => seen.push(input) },
      agreement: {
        ...{ catalogue, plan: agreed.plan, team: agreed.team, pathway: agreed.pathway ?? DEFAULT_PATHWAY },
        ...{ frozenPathways: [], snoozes: [] },
      },
    });
    const claim = { patientId: home.patientId, zone: agreed.plan.zone, unlookedFrom: null, hasNewDays: true };
    const plans = new Map([[home.patientId, agreed]]);
    const read = await readDailyMedians(manager, [claim], plans, { metrics: catalogue.baselineMetrics, now: from });
    // Later days have been stored since; at that moment there were none.
    const then = inOrder(read.get(home.patientId)!).filter((each) => each.day < Math.floor(from.getTime() / 86_400_000));
    expect(then.length).toBeGreaterThan(15);
    expect(inOrder(seen[0]!.window)).toEqual(then);
  }
});
