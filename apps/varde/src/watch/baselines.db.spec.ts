import { look, type LookInput } from '@varde/look';
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
const givenTo = (home: TestHome) =>
  [...(given.get(home.patientId)?.window.dailyMedians ?? [])].sort((a, b) => (a.metric + a.day < b.metric + b.day ? -1 : 1));

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
        await query(`update patient_watch set due_at = $2 where patient_id = $1`, [home.patientId, NOW]);
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
});

test('weights are read half a year back, others for their baseline; the first two weeks of the follow-up come along', async () => {
  const home = await aHome();
  await query(`update enrolment set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-400 * DAY)]);
  const rows: [string, number][] = [300, 195, 194, 180, 41, 40, 39, 5].flatMap((back) => [
    ['weight', back],
    ['spo2', back],
  ]);
  // Of what is reported once a week, the report before it and all of that report's baseline.
  const weekly = [71, 70, 69, 5].map((back): [string, number] => ['mmrc-grade', back]);
  for (const [metric, back] of [...rows, ...weekly, ['spo2', 400], ['weight', 387], ['spo2', 386]] as [string, number][]) {
    await query(`insert into day_median (patient_id, metric, day, median, readings) values ($1, $2, $3::date - $4::int, 80, 1)`, [
      home.patientId,
      metric,
      NOW,
      back,
    ]);
  }
  await query(`update patient_watch set due_at = $2, summarised_to = $3 where patient_id = $1`, [home.patientId, NOW, NOW]);
  await lookAtDue(parts, minutes(1));
  const back = (name: string) =>
    givenTo(home)
      .filter(({ metric }) => metric === name)
      .map(({ day }) => Math.floor(NOW.getTime() / 86_400_000) - day)
      .sort((a, b) => b - a);
  expect(back('weight')).toEqual([387, 194, 180, 41, 40, 39, 5]);
  expect(back('mmrc-grade')).toEqual([70, 69, 5]);
  expect(back('spo2')).toEqual([400, 40, 39, 5]);
  // Summarised before the highest was kept: the median stands in.
  expect(givenTo(home).every(({ highest }) => highest === 80)).toBe(true);
});

test('days of an episode of the domain are marked, also those of the first weeks', async () => {
  const home = await aHome();
  for (let back = 74; back >= 1; back--) await store(home, spotCheck(minutes(-back * DAY)), minutes(-back * DAY));
  await query(
    `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, closed_at, outcome, pathway_id,
       pathway_version, ladder_started_at, version)
     select p.id, '{respiratory}', 'yellow', '[]', $2, $2, $3, $4, 'settled', p.pathway_id, 1, $2, 1 from patient p where p.id = $1`,
    [home.patientId, minutes(-70 * DAY), home.community.dhoId, minutes(-69 * DAY)],
  );
  await lookAtDue(parts, NOW);
  const left = givenTo(home).filter(({ metric, leftOut }) => metric === 'spo2' && leftOut === true);
  expect(left.map(({ day }) => day)).toEqual(
    [70, 69, 68, 67, 66, 65, 64, 63, 62].map((back) => Math.floor(NOW.getTime() / 86_400_000) - back),
  );
});
