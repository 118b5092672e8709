import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { changeHolidays } from './unit-hours.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const DAY_MS = 86_400_000;

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});

/** Closed on so many days from today on. */
const closeFor = (days: number): Promise<void> => {
  const specialDays = Array.from({ length: days }, (_, index) => ({
    day: new Date(NOW.getTime() + index * DAY_MS).toISOString().slice(0, 10),
    hours: [],
    note: 'stengt',
  }));
  return changeHolidays(db.manager, small.units.north, { onHolidays: 'as_usual', specialDays }, NOW);
};

test('a unit that owns open episodes is not closed down; a holiday is no closing, and without open episodes nothing stands in the way', async () => {
  const first = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW));
  const second = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW, { patientId: small.patients.second }));
  await closeFor(5);
  await expect(closeFor(60)).rejects.toMatchObject({
    name: 'Conflict',
    message: `Oppfølging Nordvik would be closed for 14 days or more and owns the open episodes ${first}, ${second}: offer, move or close them first`,
  });
  const [unit] = await db.database.dataSource.query(`select jsonb_array_length(special_days) as days from unit where id = $1`, [
    small.units.north,
  ]);
  expect(unit).toEqual({ days: 5 });
  await db.database.dataSource.query(
    `update episode set closed_at = opened_at, outcome = 'admitted', closed_by_person_id = $1 where id = any($2)`,
    [small.people.nora, [first, second]],
  );
  await closeFor(60);
});
